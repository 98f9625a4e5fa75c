import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { ClientRole, OAuthClientCredentials, Tenant } from '../../domain/model/tenant.ts';
import { withManagementToken, type ManagementCredentials } from './management-token.ts';
import { audited, record, type AuditContext } from '../audit.ts';
import { removeSecrets, unlessGone } from './client-secrets.ts';
import { requireTenant } from './provision/tenant-record.ts';
import { clientMarker, isMade, isMarked } from './provision/client-settings.ts';
import { getIfThere } from './provision/ensure-client.ts';
import { ownSecrets } from './rotate/rotate-secret.ts';

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
  /** Without it the tenant itself is left as it is. */
  readonly admin: ManagementCredentials | undefined;
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
 * Ends a customer: nobody of theirs is signed in any more, the clients the portal made are deleted in the tenant, and
 * their secrets and the tenant here. Safe to run again where it stopped.
 * Codes: not_found, conflict (accounts), and those of QlikOAuth and QlikClients.
 */
export async function removeTenant(deps: RemoveDeps, request: RemoveRequest): Promise<RemoveResult> {
  const { tenantId, actor, admin, withAccounts, progress = () => undefined } = request;
  const context = { audit: deps.audit, actor, tenantId };
  return audited(context, 'tenant.remove', async () => {
    const tenant = await requireTenant(deps.tenants, tenantId);
    const accounts = await deps.accounts.list(tenantId);
    if (accounts.length > 0 && !withAccounts) {
      throw new PortalError('conflict', { detail: `tenant ${tenantId} has ${accounts.length} accounts` });
    }
    await deps.tenants.update(tenantId, { status: 'disabled' });
    await deps.sessions.endAllOf({ tenantId });
    progress('switched it off and signed everybody out');

    const warnings: string[] = [];
    const removedClients =
      admin === undefined
        ? []
        : await withManagementToken(deps, { host: tenant.host, admin }, (access) =>
            removeClients({ deps, request, context, tenant, access, warnings }),
          );
    if (admin === undefined) warnings.push(`The tenant ${tenant.host} itself was left as it is.`);
    progress(`deleted ${removedClients.length} clients in the tenant`);
    for (const { id } of accounts) await deps.accounts.remove(id);
    await deps.tenants.remove(tenantId);
    return { removedClients, removedAccounts: accounts.length, warnings };
  });
}

interface Removing {
  readonly deps: RemoveDeps;
  readonly request: RemoveRequest;
  readonly context: AuditContext;
  readonly tenant: Tenant;
  readonly access: TenantAccess;
  readonly warnings: string[];
}

/** The client for administration goes last: it may be what the others are deleted with. */
async function removeClients(removing: Removing): Promise<string[]> {
  const removed: string[] = [];
  for (const role of ['impersonation', 'management'] as const) {
    const credentials = removing.tenant[role];
    if (credentials !== null && (await removeClient(removing, role, credentials)))
      removed.push(credentials.clientId);
  }
  return removed;
}

/** Whether the client was deleted; one that the portal did not make only loses the portal's secret. */
async function removeClient(
  { deps, request, context, tenant, access, warnings }: Removing,
  role: ClientRole,
  credentials: OAuthClientCredentials,
): Promise<boolean> {
  const { clientId } = credentials;
  const client = await getIfThere(deps.clients, access, clientId);
  if (client === undefined) return false;
  const marker = clientMarker({ role, tenantId: tenant.id, portalOrigin: request.portalOrigin });
  if (isMade(client, marker)) {
    await unlessGone(deps.clients.remove(access, clientId));
    await record(context, 'oauth-client.remove', { clientId });
    return true;
  }
  warnings.push(`Client ${clientId} was not made by this portal and stays in the tenant.`);
  if (!isMarked(client, marker)) return false;
  const administering = { ...context, clients: deps.clients, access };
  await removeSecrets(administering, clientId, ownSecrets(credentials, client.secrets));
  return false;
}
