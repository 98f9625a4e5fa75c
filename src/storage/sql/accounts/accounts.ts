import type { Kysely } from 'kysely';
import type { Clock } from '../../../runtime/clock.ts';
import { PortalError } from '../../../domain/errors.ts';
import type { AccountStore } from '../../../domain/ports/account-store.ts';
import { violates } from '../constraint-violation.ts';
import type { Schema } from '../schema.ts';
import { ACCOUNT_COLUMNS, accountFromRow, accountToRow } from './account-rows.ts';

interface Parts {
  readonly db: Kysely<Schema>;
  readonly clock: Clock;
}

export function createAccountStore({ db, clock }: Parts): AccountStore {
  const accounts = () => db.selectFrom('users').select(ACCOUNT_COLUMNS);
  return {
    async find(id) {
      const row = await accounts().where('id', '=', id).executeTakeFirst();
      return row && accountFromRow(row);
    },

    async findByEmail(email) {
      const row = await accounts().where('email', '=', email).executeTakeFirst();
      return row && accountFromRow(row);
    },

    async list(tenantId) {
      const some = tenantId === undefined ? accounts() : accounts().where('tenant_id', '=', tenantId);
      const rows = await some.orderBy('email').execute();
      return rows.map(accountFromRow);
    },

    async save(user) {
      const now = clock.now();
      const { id, ...columns } = { ...accountToRow(user), updated_at: now };
      try {
        await db
          .insertInto('users')
          .values({ id, ...columns, created_at: now })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
          .execute();
      } catch (cause) {
        if (violates('unique', cause)) {
          throw new PortalError('conflict', { detail: 'another account has this e-mail', cause });
        }
        if (violates('foreign key', cause)) {
          throw new PortalError('not_found', { detail: `there is no tenant ${user.tenantId}`, cause });
        }
        throw cause;
      }
    },

    async remove(id) {
      await db.deleteFrom('users').where('id', '=', id).execute();
    },

    async setStatus(id, status) {
      await db.updateTable('users').set({ status, updated_at: clock.now() }).where('id', '=', id).execute();
    },

    async setProfile(id, { name, groups }) {
      await db
        .updateTable('users')
        .set({
          ...(name !== undefined && { name }),
          ...(groups !== undefined && { groups: JSON.stringify(groups) }),
          updated_at: clock.now(),
        })
        .where('id', '=', id)
        .execute();
    },

    async passwordHash(id) {
      const row = await db
        .selectFrom('users')
        .select('password_hash')
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.password_hash ?? undefined;
    },

    async setPasswordHash(id, hash, { replacing } = {}) {
      const update = db
        .updateTable('users')
        .set({ password_hash: hash, updated_at: clock.now() })
        .where('id', '=', id);
      if (replacing !== undefined) {
        const replaced = await update.where('password_hash', '=', replacing).executeTakeFirst();
        return replaced.numUpdatedRows > 0n;
      }
      const { numUpdatedRows } = await update.executeTakeFirst();
      if (numUpdatedRows > 0n) return true;
      throw new PortalError('not_found', { detail: 'the account is gone' });
    },

    async removePasswordHash(id) {
      await db
        .updateTable('users')
        .set({ password_hash: null, updated_at: clock.now() })
        .where('id', '=', id)
        .execute();
    },
  };
}
