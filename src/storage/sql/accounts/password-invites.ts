import type { PasswordInviteStore } from '../../../domain/ports/password-invite-store.ts';
import { violationMeans } from '../constraint-violation.ts';
import type { SqlDeps } from '../schema.ts';
import { accountIdFrom } from './account-rows.ts';

export function createPasswordInviteStore({ db, clock }: SqlDeps): PasswordInviteStore {
  return {
    async save({ userId, codeHash, expiresAt }) {
      const columns = { code_hash: codeHash, expires_at: expiresAt, created_at: clock.now() };
      await db
        .insertInto('password_links')
        .values({ user_id: userId, ...columns })
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(columns))
        .execute()
        .catch(violationMeans({ 'foreign key': ['not_found', 'the account was removed'] }));
    },

    async find(codeHash) {
      const row = await db
        .selectFrom('password_links')
        .select('user_id')
        .where('code_hash', '=', codeHash)
        .where('expires_at', '>', clock.now())
        .executeTakeFirst();
      return row && accountIdFrom(row.user_id);
    },

    async redeem(codeHash, passwordHash) {
      return await db.transaction().execute(async (within) => {
        // The row is the right to set the password: of concurrent uses only one deletes it.
        const used = await within
          .deleteFrom('password_links')
          .where('code_hash', '=', codeHash)
          .where('expires_at', '>', clock.now())
          .returning('user_id')
          .executeTakeFirst();
        if (used === undefined) return undefined;
        await within
          .updateTable('users')
          .set({ password_hash: passwordHash, updated_at: clock.now() })
          .where('id', '=', used.user_id)
          .execute();
        return accountIdFrom(used.user_id);
      });
    },

    async remove(userId) {
      await db.deleteFrom('password_links').where('user_id', '=', userId).execute();
    },

    async removeExpired() {
      const { numDeletedRows } = await db
        .deleteFrom('password_links')
        .where('expires_at', '<=', clock.now())
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
