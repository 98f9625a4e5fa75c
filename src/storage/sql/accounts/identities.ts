import type { Kysely } from 'kysely';
import type { Clock } from '../../../runtime/clock.ts';
import { PortalError } from '../../../domain/errors.ts';
import type { AccountId } from '../../../domain/model/ids.ts';
import type { IdentityKey, IdentityStore } from '../../../domain/ports/identity-store.ts';
import { violates } from '../constraint-violation.ts';
import type { Schema } from '../schema.ts';
import { accountIdFrom } from './account-rows.ts';
import { createAccountStore } from './accounts.ts';

interface Parts {
  readonly db: Kysely<Schema>;
  readonly clock: Clock;
}

export function createIdentityStore({ db, clock }: Parts): IdentityStore {
  return {
    async find({ issuer, subject }) {
      const row = await db
        .selectFrom('user_identities')
        .select('user_id')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirst();
      return row && accountIdFrom(row.user_id);
    },

    async createAccount(identity, user) {
      await db.transaction().execute(async (within) => {
        await createAccountStore({ db: within, clock }).save(user);
        await link({ db: within, clock }, identity, user.id);
      });
    },

    add: (identity, userId) => link({ db, clock }, identity, userId),

    list: (userId) =>
      db
        .selectFrom('user_identities')
        .select(['issuer', 'subject'])
        .where('user_id', '=', userId)
        .orderBy('issuer')
        .orderBy('subject')
        .execute(),

    async remove({ issuer, subject }, userId) {
      const { numDeletedRows } = await db
        .deleteFrom('user_identities')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      if (numDeletedRows > 0n) return;
      throw new PortalError('not_found', { detail: 'the identity does not open this account' });
    },
  };
}

async function link({ db, clock }: Parts, identity: IdentityKey, userId: AccountId): Promise<void> {
  const { issuer, subject } = identity;
  try {
    await db
      .insertInto('user_identities')
      .values({ issuer, subject, user_id: userId, created_at: clock.now() })
      .execute();
  } catch (cause) {
    if (violates('unique', cause)) {
      throw new PortalError('conflict', { detail: 'the identity already belongs to an account', cause });
    }
    if (violates('foreign key', cause)) {
      throw new PortalError('not_found', { detail: 'the account is gone', cause });
    }
    throw cause;
  }
}
