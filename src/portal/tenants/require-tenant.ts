import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';

/** @throws PortalError not_found */
export async function requireTenant(tenants: Pick<TenantStore, 'find'>, id: TenantId): Promise<Tenant> {
  const tenant = await tenants.find(id);
  if (tenant === undefined) throw new PortalError('not_found', { detail: `no tenant ${id}` });
  return tenant;
}
