import type { Kysely } from 'kysely';
import type { AccountImport, NewAccount } from '../../domain/accounts.ts';
import type { Clock } from '../../domain/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import { violates } from './constraint-violation.ts';
import type { Schema } from './schema.ts';
import { userToRow } from './user-rows.ts';

/** Rows in one statement: far below the 32,766 parameters of SQLite and the 65,535 of PostgreSQL. */
const ROWS_AT_ONCE = 500;

export function createAccountImport({ db, clock }: { db: Kysely<Schema>; clock: Clock }): AccountImport {
  return {
    async taken(emails) {
      const taken = new Set<string>();
      for (const some of chunks(emails)) {
        const rows = await db.selectFrom('users').select('email').where('email', 'in', some).execute();
        for (const { email } of rows) taken.add(email);
      }
      return taken;
    },

    async saveAll(batches) {
      return await db.transaction().execute(async (within) => {
        let saved = 0;
        for await (const batch of batches) {
          for (const some of chunks(batch)) await insert({ db: within, clock }, some);
          saved += batch.length;
        }
        return saved;
      });
    },
  };
}

async function insert(
  { db, clock }: { db: Kysely<Schema>; clock: Clock },
  accounts: readonly NewAccount[],
): Promise<void> {
  const now = clock.now();
  const users = accounts.map(({ user }) => ({ ...userToRow(user), created_at: now, updated_at: now }));
  const links = accounts.flatMap(({ user, link }) =>
    link === undefined
      ? []
      : [{ user_id: user.id, code_hash: link.codeHash, expires_at: link.expiresAt, created_at: now }],
  );
  try {
    await db.insertInto('users').values(users).execute();
    if (links.length > 0) await db.insertInto('password_links').values(links).execute();
  } catch (cause) {
    if (violates('unique', cause)) {
      throw new PortalError('conflict', { detail: 'an e-mail was taken while the import ran', cause });
    }
    if (violates('foreign key', cause)) {
      throw new PortalError('not_found', { detail: 'the tenant is gone', cause });
    }
    throw cause;
  }
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE);
}
