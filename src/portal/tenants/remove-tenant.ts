import { PortalError } from '../../domain/errors.ts';
import type { Account } from '../../domain/model/account.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { ClientSecretRecord } from '../../domain/model/oauth-client.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import { audited, record, type AuditContext } from '../audit.ts';
import { ignoreNotFound, removeSecrets } from './client-secrets.ts';
import { withManagementToken, type ManagementCredentials } from './management-token.ts';
import { inPortal, inTenant, type PlannedChange } from './planned-change.ts';
import { clientMarker, isMade, isMarked } from './provision/client-settings.ts';
import { getIfThere } from './provision/find-client.ts';
import { requireTenant } from './require-tenant.ts';
import { ownSecrets } from './rotate/retirement.ts';

export interface RemoveDeps {
  readonly tenants: TenantStore;
  readonly accounts: Pick<AccountStore, 'list' | 'remove'>;
  readonly sessions: Pick<SessionRegistry, 'endAllOf'>;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly audit: AuditLog;
}

export interface RemoveRequest {
  readonly tenantId: TenantId;
  /** Without it the Qlik Cloud tenant stays unchanged. */
  readonly management: ManagementCredentials | undefined;
  readonly portalOrigin: string;
  readonly actor: string;
  /** Also removes the portal accounts of the tenant. */
  readonly withAccounts: boolean;
  readonly progress?: (step: string) => void;
}

export interface RemoveResult {
  readonly removedClients: readonly string[];
  readonly removedAccounts: number;
  readonly warnings: readonly string[];
}

/**
 * Removes a customer: ends its sessions, deletes the clients that the portal created in the tenant, and deletes their
 * secrets and the tenant here. Can be run again where it stopped.
 *
 * @throws PortalError not_found, conflict (accounts), and those of QlikOAuth and QlikClients
 */
export async function removeTenant(deps: RemoveDeps, request: RemoveRequest): Promise<RemoveResult> {
  const { tenantId, actor, progress = () => undefined } = request;
  const context = { audit: deps.audit, actor, tenantId };
  return audited(context, 'tenant.remove', async () => {
    const { tenant, accounts } = await removable(deps, request);
    await deps.tenants.update(tenantId, { status: 'disabled' });
    await deps.sessions.endAllOf({ tenantId });
    progress('disabled it and ended its sessions');

    const removed = await withPortalClients(deps, request, tenant, async (clients, access) => {
      for (const client of clients) await removeClient({ ...context, clients: deps.clients, access }, client);
      return clients;
    });
    const removedClients = removed.filter(({ created }) => created).map(({ clientId }) => clientId);
    progress(`deleted ${removedClients.length} clients in the tenant`);
    for (const { id } of accounts) await deps.accounts.remove(id);
    await deps.tenants.remove(tenantId);
    return {
      removedClients,
      removedAccounts: accounts.length,
      warnings: warningsFor(request, tenant, removed),
    };
  });
}

/**
 * What {@link removeTenant} would delete. Sends nothing but the requests that read, and writes nothing.
 *
 * @throws PortalError as {@link removeTenant}
 */
export async function planRemoval(
  deps: Omit<RemoveDeps, 'audit' | 'sessions'>,
  request: RemoveRequest,
): Promise<readonly PlannedChange[]> {
  const { tenant, accounts } = await removable(deps, request);
  const clients = await withPortalClients(deps, request, tenant, async (found) => found);
  return [
    ...clients.flatMap(({ clientId, created, secrets }) =>
      created
        ? [inTenant(deleted('OAuth client', clientId))]
        : secrets.map(({ hint }) => inTenant(deleted(`secret of client ${clientId}`, hint))),
    ),
    ...accounts.map(({ email }) => inPortal(deleted('account', email))),
    inPortal(deleted('tenant', tenant.id)),
  ];
}

function deleted(object: string, id: string) {
  return { action: 'delete', object, id } as const;
}

async function removable(
  deps: Pick<RemoveDeps, 'tenants' | 'accounts'>,
  { tenantId, withAccounts }: RemoveRequest,
): Promise<{ readonly tenant: Tenant; readonly accounts: readonly Account[] }> {
  const tenant = await requireTenant(deps.tenants, tenantId);
  const accounts = await deps.accounts.list(tenantId);
  if (accounts.length === 0 || withAccounts) return { tenant, accounts };
  throw new PortalError('conflict', { detail: `tenant ${tenantId} has ${accounts.length} accounts` });
}

interface PortalClient {
  readonly clientId: string;
  /** By this portal; others stay in the tenant and only lose the portal's secrets. */
  readonly created: boolean;
  /** Those that the portal uses. */
  readonly secrets: readonly ClientSecretRecord[];
}

/** Runs the work with the portal's clients in the tenant, the management client last: it may delete the others. */
async function withPortalClients(
  deps: Pick<RemoveDeps, 'oauth' | 'clients'>,
  { management, portalOrigin }: RemoveRequest,
  tenant: Tenant,
  work: (clients: readonly PortalClient[], access: TenantAccess) => Promise<readonly PortalClient[]>,
): Promise<readonly PortalClient[]> {
  if (management === undefined) return [];
  return withManagementToken(deps, { host: tenant.host, management }, async (access) => {
    const clients: PortalClient[] = [];
    for (const role of ['impersonation', 'management'] as const) {
      const credentials = tenant[role];
      const client = credentials && (await getIfThere(deps.clients, access, credentials.clientId));
      if (!client) continue;
      const marker = clientMarker({ role, tenantId: tenant.id, portalOrigin });
      const secrets = isMarked(client, marker) ? ownSecrets(credentials, client.secrets) : [];
      clients.push({ clientId: client.clientId, created: isMade(client, marker), secrets });
    }
    return work(clients, access);
  });
}

async function removeClient(
  context: AuditContext & { readonly clients: QlikClients; readonly access: TenantAccess },
  { clientId, created, secrets }: PortalClient,
): Promise<void> {
  if (!created) return removeSecrets(context, clientId, secrets);
  await ignoreNotFound(context.clients.remove(context.access, clientId));
  await record(context, 'oauth-client.remove', { clientId });
}

function warningsFor(
  { management }: RemoveRequest,
  { host }: Tenant,
  clients: readonly PortalClient[],
): string[] {
  if (management === undefined) return [`The tenant ${host} itself was left unchanged.`];
  return clients
    .filter(({ created }) => !created)
    .map(({ clientId }) => `Client ${clientId} was not created by this portal and stays in the tenant.`);
}
