import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type {
  OAuthClient,
  OAuthClientChanges,
  OAuthClientSettings,
} from '../../domain/model/oauth-client.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { QlikPage } from '../../domain/ports/qlik/qlik-page.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import { withManagementToken, type ManagementCredentials } from './management-token.ts';
import { audited, record, type AuditContext } from '../audit.ts';
import { changedFields, inTenant, newFields, type PlannedChange } from './planned-change.ts';
import { requireTenant } from './require-tenant.ts';

export interface TenantClientsDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly audit: AuditLog;
}

export interface ClientsRequest {
  readonly tenantId: TenantId;
  readonly management: ManagementCredentials;
  readonly actor: string;
}

/** A change of one client, as a dry run is asked for it. */
export type ClientChange =
  | { readonly action: 'create'; readonly settings: OAuthClientSettings; readonly trusted: boolean }
  | { readonly action: 'update'; readonly clientId: string; readonly changes: OAuthClientChanges }
  | { readonly action: 'remove' | 'publish'; readonly clientId: string };

/**
 * All OAuth clients of one tenant, for ops. Every change is recorded in the audit log.
 *
 * @throws PortalError those of QlikClients
 */
export interface TenantClients {
  page(query: {
    readonly limit?: number;
    readonly next?: string;
    readonly filter?: string;
  }): Promise<QlikPage<OAuthClient>>;
  get(clientId: string): Promise<OAuthClient & { readonly consent: string }>;
  /** The secret is passed to `keep` and nowhere else. */
  create(
    settings: OAuthClientSettings,
    options: { readonly trusted: boolean; readonly keep: (secret: Secret) => Promise<void> },
  ): Promise<{ readonly clientId: string }>;
  update(clientId: string, changes: OAuthClientChanges): Promise<void>;
  /** @throws PortalError conflict for a client that the portal itself uses */
  remove(clientId: string): Promise<void>;
  publish(clientId: string): Promise<void>;
  /** What the change would do. Only reads. */
  plan(change: ClientChange): Promise<readonly PlannedChange[]>;
}

/** @throws PortalError not_found (tenant), those of QlikOAuth.clientCredentials, and of the work */
export async function withTenantClients<Result>(
  deps: TenantClientsDeps,
  { tenantId, management, actor }: ClientsRequest,
  work: (clients: TenantClients) => Promise<Result>,
): Promise<Result> {
  const tenant = await requireTenant(deps.tenants, tenantId);
  const context = { audit: deps.audit, actor, tenantId };
  return withManagementToken(deps, { host: tenant.host, management }, (access) =>
    work(tenantClients(deps.clients, { tenant, access, context })),
  );
}

function tenantClients(
  clients: QlikClients,
  { tenant, access, context }: { tenant: Tenant; access: TenantAccess; context: AuditContext },
): TenantClients {
  return {
    page: (query) => clients.page(access, query),
    async get(clientId) {
      const client = await clients.get(access, clientId);
      return { ...client, consent: await clients.consent(access, clientId) };
    },
    async create(settings, { trusted, keep }) {
      const work = () => createAndKeep(clients, access, settings, keep);
      const { clientId } = await audited(context, 'oauth-client.create', work, (created) => created);
      if (!trusted) return { clientId };
      await clients.setConsent(access, clientId, 'trusted');
      await record(context, 'oauth-client.trust', { clientId });
      return { clientId };
    },
    async update(clientId, changes) {
      const fields = Object.keys(changes).join(' ');
      await audited(context, 'oauth-client.update', () => clients.update(access, clientId, changes), {
        clientId,
        fields,
      });
    },
    async remove(clientId) {
      refuseOwn(tenant, clientId);
      await audited(context, 'oauth-client.remove', () => clients.remove(access, clientId), { clientId });
    },
    async publish(clientId) {
      await audited(context, 'oauth-client.publish', () => clients.publish(access, clientId), { clientId });
    },
    plan: (change) => plan(clients, { tenant, access }, change),
  };
}

async function plan(
  clients: QlikClients,
  { tenant, access }: { tenant: Tenant; access: TenantAccess },
  change: ClientChange,
): Promise<readonly PlannedChange[]> {
  const object = 'OAuth client';
  if (change.action === 'create') {
    const { settings, trusted } = change;
    const fields = newFields({ ...settings, ...(trusted && { consentMethod: 'trusted' }) });
    return [inTenant({ action: 'create', object, fields })];
  }
  const { clientId: id } = change;
  if (change.action === 'remove') refuseOwn(tenant, id);
  const found = await clients.get(access, id);
  if (change.action === 'remove') return [inTenant({ action: 'delete', object, id })];
  const changes = change.action === 'update' ? change.changes : { published: true };
  const fields = changedFields({ ...found, published: found.publishedAt !== undefined }, { ...changes });
  return fields.length === 0 ? [] : [inTenant({ action: 'update', object, id, fields })];
}

async function createAndKeep(
  clients: QlikClients,
  access: TenantAccess,
  settings: OAuthClientSettings,
  keep: (secret: Secret) => Promise<void>,
): Promise<{ readonly clientId: string }> {
  const { clientId, secret } = await clients.create(access, settings);
  try {
    await keep(secret);
  } catch (error) {
    // Without its secret it cannot be used.
    await clients.remove(access, clientId);
    throw error;
  }
  return { clientId };
}

/** Deleting the client that issues people's tokens is removing the tenant, which has a verb of its own. */
function refuseOwn({ id, impersonation, management }: Tenant, clientId: string): void {
  if (impersonation?.clientId !== clientId && management?.clientId !== clientId) return;
  throw new PortalError('conflict', {
    detail: `the portal itself uses client ${clientId}: portal tenant remove ${id}`,
  });
}
