import { PortalError } from '../../../domain/errors.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import { sameCredentials } from '../../../domain/model/tenant.ts';
import type { Sealer } from '../../sealing.ts';
import { clientFromColumn, clientToColumn } from './client-columns.ts';
import { violationMeans } from '../constraint-violation.ts';
import type { SqlDeps } from '../schema.ts';
import { changesToRow, placeOf, tenantToRow, type TenantReader } from './tenant-rows.ts';

interface TenantStoreDeps extends SqlDeps {
  readonly sealer: Sealer;
  readonly tenantFromRow: TenantReader;
}

export function createTenantStore({ db, sealer, tenantFromRow, clock }: TenantStoreDeps): TenantStore {
  return {
    async find(id) {
      const row = await db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
      return row && tenantFromRow(row);
    },

    async list() {
      const rows = await db.selectFrom('tenants').selectAll().orderBy('id').execute();
      return rows.map(tenantFromRow);
    },

    async save(tenant) {
      const now = clock.now();
      const { id, ...columns } = { ...tenantToRow(tenant, sealer), updated_at: now };
      await db
        .insertInto('tenants')
        .values({ id, ...columns, created_at: now })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
        .execute();
    },

    async update(id, changes) {
      const { numUpdatedRows } = await db
        .updateTable('tenants')
        .set({ ...changesToRow(changes), updated_at: clock.now() })
        .where('id', '=', id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw notFound(id);
    },

    async replaceCredentials(id, role, { from, to }) {
      for (;;) {
        const row = await db
          .selectFrom('tenants')
          .select(['id', 'host', role])
          .where('id', '=', id)
          .executeTakeFirst();
        if (row === undefined) throw notFound(id);
        const before = row[role];
        const place = placeOf(row, role);
        if (!sameCredentials(from, before === null ? null : clientFromColumn(before, sealer, place)))
          throw new PortalError('conflict', { detail: `the credentials of ${id} were replaced meanwhile` });
        const { numUpdatedRows } = await db
          .updateTable('tenants')
          .set({ [role]: to && clientToColumn(to, sealer, place), updated_at: clock.now() })
          .where('id', '=', id)
          .where(role, before === null ? 'is' : '=', before)
          .where('host', '=', row.host)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) return;
        // Replaced, or sealed with another key, since it was read: look again.
      }
    },

    async remove(id) {
      await db
        .deleteFrom('tenants')
        .where('id', '=', id)
        .execute()
        .catch(violationMeans({ 'foreign key': ['conflict', `tenant ${id} still has accounts`] }));
    },
  };
}

function notFound(id: string): PortalError {
  return new PortalError('not_found', { detail: `no tenant ${id}` });
}
