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
import type { Secret } from '../../domain/model/secret.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import { withManagementToken, type ManagementCredentials } from './management-token.ts';
import { audited, record } from '../audit.ts';
import type { ManagementContext } from './client-secrets.ts';
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

/** A change of one client. */
export type ClientChange =
  | {
      readonly action: 'create';
      readonly settings: OAuthClientSettings;
      readonly trusted: boolean;
      /** The secret is passed to it and nowhere else. */
      readonly keep: (secret: Secret) => Promise<void>;
    }
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
  /** What the change would do. Only reads. @throws as {@link change} */
  plan(change: ClientChange): Promise<readonly PlannedChange[]>;
  /** Plans the change and carries it out. @throws PortalError conflict: the portal itself uses the client to remove */
  change(change: ClientChange): Promise<{ readonly clientId: string }>;
}

/** @throws PortalError not_found (tenant), those of QlikOAuth.clientCredentials, and of the work */
export async function withTenantClients<Result>(
  deps: TenantClientsDeps,
  { tenantId, management, actor }: ClientsRequest,
  work: (clients: TenantClients) => Promise<Result>,
): Promise<Result> {
  const tenant = await requireTenant(deps.tenants, tenantId);
  const { audit, clients } = deps;
  return withManagementToken(deps, { host: tenant.host, management }, (access) => {
    const context = { audit, actor, tenantId, clients, access };
    return work({
      page: (query) => clients.page(access, query),
      async get(clientId) {
        const client = await clients.get(access, clientId);
        return { ...client, consent: await clients.consent(access, clientId) };
      },
      plan: (change) => plan(context, tenant, change),
      async change(change) {
        const { action } = change;
        const { clientId } = await audited(
          context,
          `oauth-client.${action}`,
          async () => {
            if (change.action === 'remove') refuseOwn(tenant, change.clientId);
            return carryOut(context, change);
          },
          action === 'create' ? (created) => created : detailOf(change),
        );
        if (action === 'create' && change.trusted) {
          await clients.setConsent(access, clientId, 'trusted');
          await record(context, 'oauth-client.trust', { clientId });
        }
        return { clientId };
      },
    });
  });
}

function detailOf(change: Exclude<ClientChange, { action: 'create' }>) {
  const { clientId } = change;
  return change.action === 'update'
    ? { clientId, fields: Object.keys(change.changes).join(' ') }
    : { clientId };
}

async function plan(
  { clients, access }: ManagementContext,
  tenant: Tenant,
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

async function carryOut(
  { clients, access }: ManagementContext,
  change: ClientChange,
): Promise<{ readonly clientId: string }> {
  if (change.action === 'create') {
    const { clientId, secret } = await clients.create(access, change.settings);
    try {
      await change.keep(secret);
    } catch (error) {
      // Without its secret it cannot be used.
      await clients.remove(access, clientId);
      throw error;
    }
    return { clientId };
  }
  const { clientId } = change;
  if (change.action === 'update') await clients.update(access, clientId, change.changes);
  else await clients[change.action](access, clientId);
  return { clientId };
}

/** Deleting the client that issues people's tokens is removing the tenant, which has a verb of its own. */
function refuseOwn({ id, impersonation, management }: Tenant, clientId: string): void {
  if (impersonation?.clientId !== clientId && management?.clientId !== clientId) return;
  throw new PortalError('conflict', {
    detail: `the portal itself uses client ${clientId}: portal tenant remove ${id}`,
  });
}
