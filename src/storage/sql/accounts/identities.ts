import { PortalError } from '../../../domain/errors.ts';
import type { AccountId } from '../../../domain/model/ids.ts';
import type { IdentityKey, IdentityStore } from '../../../domain/ports/identity-store.ts';
import { violationMeans } from '../constraint-violation.ts';
import type { SqlDeps } from '../schema.ts';
import { accountIdFrom } from './account-rows.ts';
import { createAccountStore } from './accounts.ts';

export function createIdentityStore({ db, clock }: SqlDeps): IdentityStore {
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

    async createAccount(identity, account) {
      await db.transaction().execute(async (within) => {
        await createAccountStore({ db: within, clock }).save(account);
        await insert({ db: within, clock }, identity, account.id);
      });
    },

    add: (identity, userId) => insert({ db, clock }, identity, userId),

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
      throw new PortalError('not_found', { detail: 'the identity does not belong to this account' });
    },
  };
}

async function insert({ db, clock }: SqlDeps, identity: IdentityKey, userId: AccountId): Promise<void> {
  const { issuer, subject } = identity;
  await db
    .insertInto('user_identities')
    .values({ issuer, subject, user_id: userId, created_at: clock.now() })
    .execute()
    .catch(
      violationMeans({
        unique: ['conflict', 'the identity already belongs to an account'],
        'foreign key': ['not_found', 'the account was removed'],
      }),
    );
}
