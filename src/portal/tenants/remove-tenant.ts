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
import { audited, record } from '../audit.ts';
import { ignoreNotFound, removeSecrets, type ManagementContext } from './client-secrets.ts';
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
  const { tenantId, actor } = request;
  return audited({ audit: deps.audit, actor, tenantId }, 'tenant.remove', () =>
    withRemoval(deps, request, {
      // Before the tenant is asked anything: it may not answer, and its people must be signed out all the same.
      async before() {
        await deps.tenants.update(tenantId, { status: 'disabled' });
        await deps.sessions.endAllOf({ tenantId });
        request.progress?.('disabled it and ended its sessions');
      },
      work: (removal) => carryOut(deps, request, removal),
    }),
  );
}

/**
 * What {@link removeTenant} would delete: its plan, not carried out.
 *
 * @throws PortalError as {@link removeTenant}
 */
export function planRemoval(deps: RemoveDeps, request: RemoveRequest): Promise<readonly PlannedChange[]> {
  return withRemoval(deps, request, {
    work: async ({ tenant, clients, accounts }) => [
      ...clients.flatMap(({ clientId, created, secrets }) =>
        created
          ? [inTenant(deleted('OAuth client', clientId))]
          : secrets.map(({ hint }) => inTenant(deleted(`secret of client ${clientId}`, hint))),
      ),
      ...accounts.map(({ email }) => inPortal(deleted('account', email))),
      inPortal(deleted('tenant', tenant.id)),
    ],
  });
}

function deleted(object: string, id: string) {
  return { action: 'delete', object, id } as const;
}

interface Removal {
  readonly tenant: Tenant;
  readonly accounts: readonly Account[];
  /** The portal's clients in the tenant, the management client last: it may delete the others. */
  readonly clients: readonly PortalClient[];
  /** Absent where the tenant stays unchanged. */
  readonly access?: TenantAccess;
}

/** Plans the removal by requests that only read, after `before`, and passes it on while the management token is valid. */
async function withRemoval<Result>(
  deps: RemoveDeps,
  { tenantId, withAccounts, management, portalOrigin }: RemoveRequest,
  { before, work }: { before?: () => Promise<void>; work: (removal: Removal) => Promise<Result> },
): Promise<Result> {
  const tenant = await requireTenant(deps.tenants, tenantId);
  const accounts = await deps.accounts.list(tenantId);
  if (accounts.length > 0 && !withAccounts)
    throw new PortalError('conflict', { detail: `tenant ${tenantId} has ${accounts.length} accounts` });
  await before?.();
  if (management === undefined) return work({ tenant, accounts, clients: [] });
  return withManagementToken(deps, { host: tenant.host, management }, async (access) => {
    const clients = await portalClients(deps.clients, access, { tenant, portalOrigin });
    return work({ tenant, accounts, clients, access });
  });
}

interface PortalClient {
  readonly clientId: string;
  /** By this portal; others stay in the tenant and only lose the portal's secrets. */
  readonly created: boolean;
  /** Those that the portal uses. */
  readonly secrets: readonly ClientSecretRecord[];
}

async function portalClients(
  clients: QlikClients,
  access: TenantAccess,
  { tenant, portalOrigin }: { tenant: Tenant; portalOrigin: string },
): Promise<PortalClient[]> {
  const found: PortalClient[] = [];
  for (const role of ['impersonation', 'management'] as const) {
    const credentials = tenant[role];
    const client = credentials && (await getIfThere(clients, access, credentials.clientId));
    if (!client) continue;
    const marker = clientMarker({ role, tenantId: tenant.id, portalOrigin });
    const secrets = isMarked(client, marker) ? ownSecrets(credentials, client.secrets) : [];
    found.push({ clientId: client.clientId, created: isMade(client, marker), secrets });
  }
  return found;
}

async function carryOut(
  deps: RemoveDeps,
  { tenantId, actor, progress = () => undefined }: RemoveRequest,
  { tenant, accounts, clients, access }: Removal,
): Promise<RemoveResult> {
  const created = clients.filter((client) => client.created);
  if (access !== undefined) {
    const context = { audit: deps.audit, actor, tenantId, clients: deps.clients, access };
    for (const client of clients) await removeClient(context, client);
  }
  progress(`deleted ${created.length} clients in the tenant`);
  for (const { id } of accounts) await deps.accounts.remove(id);
  await deps.tenants.remove(tenantId);
  return {
    removedClients: created.map(({ clientId }) => clientId),
    removedAccounts: accounts.length,
    warnings:
      access === undefined
        ? [`The tenant ${tenant.host} itself was left unchanged.`]
        : clients
            .filter((client) => !client.created)
            .map(
              ({ clientId }) => `Client ${clientId} was not created by this portal and stays in the tenant.`,
            ),
  };
}

async function removeClient(
  context: ManagementContext,
  { clientId, created, secrets }: PortalClient,
): Promise<void> {
  if (!created) return removeSecrets(context, clientId, secrets);
  await ignoreNotFound(context.clients.remove(context.access, clientId));
  await record(context, 'oauth-client.remove', { clientId });
}
