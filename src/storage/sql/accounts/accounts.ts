import type { Kysely } from 'kysely';
import { PortalError } from '../../../domain/errors.ts';
import type { QlikUserRef } from '../../../domain/model/account.ts';
import type { AccountId, TenantId } from '../../../domain/model/ids.ts';
import type { AccountStore } from '../../../domain/ports/account-store.ts';
import { violationMeans } from '../constraint-violation.ts';
import type { Schema, SqlDeps } from '../schema.ts';
import { ACCOUNT_COLUMNS, accountFromRow, accountIdFrom, accountToRow } from './account-rows.ts';

export function createAccountStore({ db, clock }: SqlDeps): AccountStore {
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

    async save(account) {
      const now = clock.now();
      const { id, ...columns } = { ...accountToRow(account), updated_at: now };
      await db
        .insertInto('users')
        .values({ id, ...columns, created_at: now })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
        .execute()
        .catch(
          violationMeans({
            unique: ['conflict', 'another account has this e-mail'],
            'foreign key': ['not_found', `there is no tenant ${account.tenantId}`],
          }),
        );
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
      throw new PortalError('not_found', { detail: 'the account was removed' });
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

/** The accounts of a tenant that are mapped to a Qlik user. */
export function createAccountsOfQlikUser(db: Kysely<Schema>) {
  return async (query: { tenantId: TenantId; qlikUser: QlikUserRef }): Promise<readonly AccountId[]> => {
    const rows = await db
      .selectFrom('users')
      .select('id')
      .where('tenant_id', '=', query.tenantId)
      .where('qlik_field', '=', query.qlikUser.field)
      .where('qlik_value', '=', query.qlikUser.value)
      .execute();
    return rows.map(({ id }) => accountIdFrom(id));
  };
}
