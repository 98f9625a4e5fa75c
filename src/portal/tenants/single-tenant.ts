import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { parseTenantHost, type TenantHostOptions } from '../../domain/rules/tenant-host.ts';
import type { Tenant } from '../../domain/model/tenant.ts';

interface SingleTenant extends Pick<Tenant, 'id' | 'name' | 'host' | 'scopes' | 'embed'> {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/**
 * Saves the tenant that the environment describes, at every start: accounts need a tenant, and a changed variable takes
 * effect. Fields that the environment does not set stay unchanged.
 *
 * @throws PortalError invalid_request (host), storage_unavailable
 */
export async function saveSingleTenant(
  { tenants }: { tenants: Pick<TenantStore, 'find' | 'save'> },
  { clientId, clientSecret, ...described }: SingleTenant,
  hostOptions: TenantHostOptions,
): Promise<void> {
  const stored = await tenants.find(described.id);
  await tenants.save({
    ...described,
    host: parseTenantHost(described.host, hostOptions),
    status: stored?.status ?? 'active',
    impersonation: { clientId, authentication: { method: 'client_secret', secret: clientSecret } },
    management: stored?.management ?? null,
    createQlikUsers: stored?.createQlikUsers ?? false,
  });
}
