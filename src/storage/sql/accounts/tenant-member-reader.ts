import type { Kysely } from 'kysely';
import type { TenantMemberReader } from '../../../domain/ports/tenant-member-reader.ts';
import type { RowReader } from '../row-reader.ts';
import type { Schema } from '../schema.ts';
import type { TenantReader } from '../tenants/tenant-rows.ts';
import { accountFromRow } from './account-rows.ts';

interface Parts {
  readonly db: Kysely<Schema>;
  readonly rows: RowReader;
  readonly tenantFromRow: TenantReader;
}

export function createTenantMemberReader({ db, rows, tenantFromRow }: Parts): TenantMemberReader {
  const userWithTenant = compileUserWithTenant(db);
  return {
    async find(userId) {
      const row = await rows.first(userWithTenant, [userId]);
      if (!row) return undefined;
      const { tenant_id: id, tenant_name: name, tenant_status: status } = row;
      const { host, impersonation, management, scopes, embed, create_qlik_users } = row;
      const tenant = { id, name, host, status, impersonation, management, scopes, embed, create_qlik_users };
      return { account: accountFromRow(row), tenant: tenantFromRow(tenant) };
    },
  };
}

function compileUserWithTenant(db: Kysely<Schema>) {
  return db
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
    .select(['tenants.name as tenant_name', 'host', 'tenants.status as tenant_status'])
    .select(['impersonation', 'management', 'scopes', 'embed', 'create_qlik_users'])
    .where('users.id', '=', 'USER_ID')
    .compile();
}
