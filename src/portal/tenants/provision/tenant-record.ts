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
  const { known, tenant } = await describedTenant(deps, description);
  if (known?.host !== tenant.host) {
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
): Promise<{ readonly known: Tenant | undefined; readonly tenant: Tenant }> {
  const host = parseTenantHost(hostText, deps);
  const known = await deps.tenants.find(id);
  refuseToMove(known, host);
  const tenant: Tenant = {
    name: id,
    status: 'active',
    impersonation: null,
    management: null,
    scopes: ['user_default'],
    embed: null,
    createQlikUsers: false,
    ...known,
    ...described,
    id,
    host,
  };
  return { known, tenant };
}

/** The clients of a tenant stay where they were created: another host is another tenant. */
export function refuseToMove(known: Tenant | undefined, host: string): void {
  if (known === undefined || known.host === host) return;
  if (known.impersonation === null && known.management === null) return;
  throw new PortalError('conflict', { detail: `tenant ${known.id} is at ${known.host}; remove it first` });
}
