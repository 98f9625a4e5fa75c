import { PortalError } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/model/ids.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import { parseTenantHost, type TenantHostOptions } from '../../../domain/rules/tenant-host.ts';
import type { EmbedContent, Tenant } from '../../../domain/model/tenant.ts';

interface RecordDeps extends TenantHostOptions {
  readonly tenants: TenantStore;
}

export interface TenantDescription {
  readonly id: TenantId;
  readonly host: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly embed?: EmbedContent;
}

/**
 * Writes the tenant down, keeping what an earlier run stored. It comes before anything is made in Qlik Cloud, so
 * that a store that cannot be written shows while there is nothing to lose.
 * Codes: invalid_request (host), conflict (the tenant is provisioned at another host).
 */
export async function saveTenant(
  deps: RecordDeps,
  { id, host: hostText, ...described }: TenantDescription,
): Promise<Tenant> {
  const { tenants } = deps;
  const host = parseTenantHost(hostText, deps);
  const known = await tenants.find(id);
  refuseToMove(known, host);
  if (known?.host === host) {
    await tenants.update(id, described);
    return requireTenant(tenants, id);
  }
  // New, or so far no more than a mistyped address.
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
  await tenants.save(tenant);
  return tenant;
}

/** The clients of a tenant stay where they were made: another host is another tenant. */
export function refuseToMove(known: Tenant | undefined, host: string): void {
  if (known === undefined || known.host === host) return;
  if (known.impersonation === null && known.management === null) return;
  throw new PortalError('conflict', { detail: `tenant ${known.id} is ${known.host}; remove it first` });
}

/** @throws PortalError `not_found` */
export async function requireTenant(tenants: Pick<TenantStore, 'find'>, id: TenantId): Promise<Tenant> {
  const tenant = await tenants.find(id);
  if (tenant === undefined) throw new PortalError('not_found', { detail: `no tenant is called ${id}` });
  return tenant;
}
