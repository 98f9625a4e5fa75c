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
import { requireTenant } from './provision/tenant-record.ts';

export interface TenantClientsDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly audit: AuditLog;
}

/**
 * The OAuth clients of one tenant, whoever made them, for ops. Every change is written down. Codes of all: not_found
 * (tenant), and those of QlikClients.
 */
export interface TenantClients {
  page(query: {
    readonly limit?: number;
    readonly next?: string;
    readonly filter?: string;
  }): Promise<QlikPage<OAuthClient>>;
  get(clientId: string): Promise<OAuthClient & { readonly consent: string }>;
  /** The secret goes to `keep` and nowhere else. */
  create(
    settings: OAuthClientSettings,
    options: { readonly trusted: boolean; readonly keep: (secret: Secret) => Promise<void> },
  ): Promise<{ readonly clientId: string }>;
  update(clientId: string, changes: OAuthClientChanges): Promise<void>;
  /** conflict: the portal itself uses the client. */
  remove(clientId: string): Promise<void>;
  publish(clientId: string): Promise<void>;
}

export async function withTenantClients<Result>(
  deps: TenantClientsDeps,
  { tenantId, admin, actor }: { tenantId: TenantId; admin: ManagementCredentials; actor: string },
  work: (clients: TenantClients) => Promise<Result>,
): Promise<Result> {
  const tenant = await requireTenant(deps.tenants, tenantId);
  const context = { audit: deps.audit, actor, tenantId };
  return withManagementToken(deps, { host: tenant.host, admin }, (access) =>
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
      const { clientId } = await audited(context, 'oauth-client.create', work, (made) => made);
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
  };
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
    // Nobody will ever know its secret.
    await clients.remove(access, clientId);
    throw error;
  }
  return { clientId };
}

/** Deleting what people's tokens come from is retiring the tenant, and has a command that does all of it. */
function refuseOwn({ id, impersonation, management }: Tenant, clientId: string): void {
  if (impersonation?.clientId !== clientId && management?.clientId !== clientId) return;
  throw new PortalError('conflict', {
    detail: `the portal itself uses client ${clientId}: portal tenant remove ${id}`,
  });
}
