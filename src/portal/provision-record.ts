import { PortalError } from '../domain/errors.ts';
import type { TenantId } from '../domain/ids.ts';
import type { TenantStore } from '../domain/ports.ts';
import { parseTenantHost, type TenantHostOptions } from '../domain/tenant-host.ts';
import type { EmbedContent, OAuthClientCredentials, Tenant } from '../domain/tenant.ts';
import type { ClientRole } from './provision-settings.ts';

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
 * Codes: invalid_request (host), conflict (the tenant is known by another host).
 */
export async function saveTenant(deps: RecordDeps, described: TenantDescription): Promise<Tenant> {
  const host = parseTenantHost(described.host, deps);
  const known = await deps.tenants.find(described.id);
  if (known !== undefined && known.host !== host) {
    throw new PortalError('conflict', { detail: `tenant ${known.id} is ${known.host}; remove it first` });
  }
  const tenant: Tenant = {
    id: described.id,
    name: described.name ?? known?.name ?? described.id,
    host,
    status: known?.status ?? 'active',
    impersonation: known?.impersonation ?? null,
    management: known?.management ?? null,
    scopes: described.scopes ?? known?.scopes ?? ['user_default'],
    embed: described.embed ?? known?.embed ?? null,
    createQlikUsers: known?.createQlikUsers ?? false,
  };
  await deps.tenants.save(tenant);
  return tenant;
}

/** Stores credentials beside whatever else is known of the tenant by now. */
export async function keepCredentials(
  tenants: TenantStore,
  id: TenantId,
  role: ClientRole,
  credentials: OAuthClientCredentials | null,
): Promise<void> {
  await tenants.save({ ...(await knownTenant(tenants, id)), [role]: credentials });
}

/** @throws PortalError `not_found` */
export async function knownTenant(tenants: TenantStore, id: TenantId): Promise<Tenant> {
  const tenant = await tenants.find(id);
  if (tenant === undefined) throw new PortalError('not_found', { detail: `no tenant is called ${id}` });
  return tenant;
}
