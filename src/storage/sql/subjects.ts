import type { Kysely } from 'kysely';
import type { SubjectReader } from '../../domain/ports.ts';
import type { Sealer } from '../sealing.ts';
import type { Schema } from './schema.ts';
import { tenantFromRow } from './tenant-rows.ts';
import { userFromRow } from './user-rows.ts';

export function createSubjectReader({ db, sealer }: { db: Kysely<Schema>; sealer: Sealer }): SubjectReader {
  return {
    async find(userId) {
      const row = await db
        .selectFrom('users')
        .innerJoin('tenants', 'tenants.id', 'users.tenant_id')
        .select([
          'users.id',
          'email',
          'users.name',
          'tenant_id',
          'qlik_field',
          'qlik_value',
          'groups',
          'users.status',
        ])
        .select([
          'tenants.name as tenant_name',
          'host',
          'tenants.status as tenant_status',
          'impersonation',
          'management',
          'scopes',
          'embed',
        ])
        .where('users.id', '=', userId)
        .executeTakeFirst();
      return (
        row && {
          user: userFromRow(row),
          tenant: tenantFromRow(
            { ...row, id: row.tenant_id, name: row.tenant_name, status: row.tenant_status },
            sealer,
          ),
        }
      );
    },
  };
}
