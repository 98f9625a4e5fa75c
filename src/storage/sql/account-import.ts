import type { Kysely } from 'kysely';
import type { AccountImport, NewAccount } from '../../domain/accounts.ts';
import type { Clock } from '../../domain/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import { violates } from './constraint-violation.ts';
import { createEventIds } from './event-ids.ts';
import { chunks, createInsertMany } from './insert-many.ts';
import type { Schema } from './schema.ts';
import { userToRow } from './user-rows.ts';

const EMAILS_AT_ONCE = 500;

export function createAccountImport({ db, clock }: { db: Kysely<Schema>; clock: Clock }): AccountImport {
  const nextEvent = createEventIds(clock);
  const insertMany = createInsertMany();
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
      return await db.transaction().execute(async (within) => {
        let saved = 0;
        for await (const batch of batches) {
          await insert(within, batch);
          await insertMany(within, 'audit_events', batch.map(addedBy(actor)));
          saved += batch.length;
        }
        return saved;
      });
    },
  };

  async function insert(within: Kysely<Schema>, accounts: readonly NewAccount[]): Promise<void> {
    const now = clock.now();
    const users = accounts.map(({ user }) =>
      Object.assign(userToRow(user), { created_at: now, updated_at: now }),
    );
    try {
      await insertMany(within, 'users', users);
      await insertMany(within, 'password_links', linkRows(accounts, now));
    } catch (error) {
      throw judged(error);
    }
  }

  function addedBy(actor: string) {
    const event = { action: 'user.add', result: 'ok', actor, address: null, request_id: null };
    return ({ user: { id, tenantId, qlikUser } }: NewAccount) => {
      const named = qlikUser === null ? {} : { qlikUser: `${qlikUser.field} ${qlikUser.value}` };
      const detail = JSON.stringify({ by: 'import', ...named });
      return Object.assign(nextEvent(), event, { tenant_id: tenantId, user_id: id, detail });
    };
  }
}

// Rows of one statement have the same columns in the same order.
function linkRows(accounts: readonly NewAccount[], createdAt: number) {
  return accounts.flatMap(({ user, link }) =>
    link === undefined
      ? []
      : [{ user_id: user.id, code_hash: link.codeHash, expires_at: link.expiresAt, created_at: createdAt }],
  );
}

function judged(cause: unknown): unknown {
  if (violates('unique', cause)) {
    return new PortalError('conflict', { detail: 'an e-mail was taken while the import ran', cause });
  }
  if (violates('foreign key', cause)) {
    return new PortalError('not_found', { detail: 'the tenant is gone', cause });
  }
  return cause;
}
