import type { Kysely } from 'kysely';
import type { Clock } from '../../domain/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import type { TenantStore } from '../../domain/ports.ts';
import type { Sealer } from '../sealing.ts';
import { violates } from './constraint-violation.ts';
import type { Schema } from './schema.ts';
import { tenantToRow, type TenantReader } from './tenant-rows.ts';

interface Parts {
  readonly db: Kysely<Schema>;
  readonly sealer: Sealer;
  readonly tenantFromRow: TenantReader;
  readonly clock: Clock;
}

export function createTenantStore({ db, sealer, tenantFromRow, clock }: Parts): TenantStore {
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

    async remove(id) {
      try {
        await db.deleteFrom('tenants').where('id', '=', id).execute();
      } catch (cause) {
        if (!violates('foreign key', cause)) throw cause;
        throw new PortalError('conflict', { detail: `tenant ${id} still has accounts`, cause });
      }
    },
  };
}
