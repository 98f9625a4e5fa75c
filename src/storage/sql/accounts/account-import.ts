import { sql, type Kysely } from 'kysely';
import type { AccountImport, NewAccount } from '../../../domain/ports/account-import.ts';
import { violationMeans } from '../constraint-violation.ts';
import { createEventIds } from '../audit/event-ids.ts';
import type { SqlDeps } from '../schema.ts';
import {
  chunks,
  createStagedAccounts,
  createStager,
  dropStagedAccounts,
  type StagedAccountRow,
  type StagingSchema,
} from './staged-accounts.ts';
import { ACCOUNT_COLUMNS, accountToRow } from './account-rows.ts';

const EMAILS_AT_ONCE = 500;
/** Few enough to be added within any statement timeout. */
const ADDED_AT_ONCE = 5_000;

export function createAccountImport({ db, clock }: SqlDeps): AccountImport {
  const nextEvent = createEventIds(clock);
  const stage = createStager();
  return {
    async taken(emails) {
      const taken = new Set<string>();
      for (const some of chunks(emails, EMAILS_AT_ONCE)) {
        const rows = await db.selectFrom('users').select('email').where('email', 'in', some).execute();
        for (const { email } of rows) taken.add(email);
      }
      return taken;
    },

    async saveAll(batches, { actor }) {
      return await db.connection().execute(async (plain) => {
        const connection = plain.withTables<Pick<StagingSchema, 'staged_accounts'>>();
        try {
          await createStagedAccounts(connection);
          let staged = 0;
          for await (const batch of batches) {
            const before = staged;
            const rows = batch.map((account, index) => stagedRow(account, before + index));
            await stage(connection, rows);
            staged += batch.length;
          }
          await connection.transaction().execute((within) => addStaged(within, staged, actor));
          return staged;
        } catch (error) {
          return throwMeaning(error);
        } finally {
          // A lost connection takes the temporary table with it.
          await dropStagedAccounts(connection).catch(() => undefined);
        }
      });
    },
  };

  function stagedRow({ account, invite }: NewAccount, position: number): StagedAccountRow {
    const event = nextEvent();
    const { qlikUser } = account;
    const named = qlikUser === null ? {} : { qlikUser: `${qlikUser.field} ${qlikUser.value}` };
    return {
      position,
      ...accountToRow(account),
      created_at: clock.now(),
      code_hash: invite?.codeHash ?? null,
      link_expires_at: invite?.expiresAt ?? null,
      event_id: event.id,
      event_at: event.at,
      event_detail: JSON.stringify({ by: 'import', ...named }),
    };
  }
}

/** The only part that locks: SQLite has no other writer meanwhile. */
async function addStaged(within: Kysely<StagingSchema>, count: number, actor: string): Promise<void> {
  for (let from = 0; from < count; from += ADDED_AT_ONCE) {
    const some = within
      .selectFrom('staged_accounts')
      .where('position', '>=', from)
      .where('position', '<', from + ADDED_AT_ONCE);
    await within
      .insertInto('users')
      .columns([...ACCOUNT_COLUMNS, 'created_at', 'updated_at'])
      .expression(some.select([...ACCOUNT_COLUMNS, 'created_at', 'created_at as updated_at']))
      .execute();
    await within
      .insertInto('password_links')
      .columns(['user_id', 'code_hash', 'expires_at', 'created_at'])
      .expression(
        some.select(['id', 'code_hash', 'link_expires_at', 'created_at']).where('code_hash', 'is not', null),
      )
      .execute();
    await within
      .insertInto('audit_events')
      .columns(['id', 'at', 'action', 'result', 'actor', 'tenant_id', 'user_id', 'detail'])
      .expression(
        some.select([
          'event_id',
          'event_at',
          sql.lit('user.add').as('action'),
          sql.lit('ok').as('result'),
          sql.val(actor).as('actor'),
          'tenant_id',
          'id',
          'event_detail',
        ]),
      )
      .execute();
  }
}

const throwMeaning: (error: unknown) => never = violationMeans({
  unique: ['conflict', 'an e-mail was taken while the import ran'],
  'foreign key': ['not_found', 'the tenant was removed'],
});
