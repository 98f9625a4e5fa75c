import { PortalError } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/model/ids.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import { parseTenantHost, type TenantHostOptions } from '../../../domain/rules/tenant-host.ts';
import type { Tenant, TenantSettings } from '../../../domain/model/tenant.ts';
import { requireTenant } from '../require-tenant.ts';

interface RecordDeps extends TenantHostOptions {
  readonly tenants: TenantStore;
}

export interface TenantDescription extends Partial<Omit<TenantSettings, 'status'>> {
  readonly id: TenantId;
  readonly host: string;
}

/**
 * Saves the tenant and keeps what an earlier run stored. Comes before anything is created in Qlik Cloud, so that a
 * store that cannot be written fails while there is nothing to lose.
 *
 * @throws PortalError as {@link describedTenant}
 */
export async function saveTenant(deps: RecordDeps, description: TenantDescription): Promise<Tenant> {
  const { tenants } = deps;
  const { stored, tenant } = await describedTenant(deps, description);
  if (stored?.host !== tenant.host) {
    // New, or an address that was mistyped before any client existed.
    await tenants.save(tenant);
    return tenant;
  }
  const { id, host: _host, ...described } = description;
  await tenants.update(id, described);
  return requireTenant(tenants, id);
}

/**
 * The tenant as stored, and as it is described.
 *
 * @throws PortalError invalid_request (host), conflict (the tenant is provisioned at another host)
 */
export async function describedTenant(
  deps: RecordDeps,
  { id, host: hostText, ...described }: TenantDescription,
): Promise<{ readonly stored: Tenant | undefined; readonly tenant: Tenant }> {
  const host = parseTenantHost(hostText, deps);
  const stored = await deps.tenants.find(id);
  refuseToMove(stored, host);
  const tenant: Tenant = {
    name: id,
    status: 'active',
    impersonation: null,
    management: null,
    scopes: ['user_default'],
    embed: null,
    createQlikUsers: false,
    ...stored,
    ...described,
    id,
    host,
  };
  return { stored, tenant };
}

/** The clients of a tenant stay where they were created: another host is another tenant. */
export function refuseToMove(stored: Tenant | undefined, host: string): void {
  if (stored === undefined || stored.host === host) return;
  if (stored.impersonation === null && stored.management === null) return;
  throw new PortalError('conflict', { detail: `tenant ${stored.id} is at ${stored.host}; remove it first` });
}
