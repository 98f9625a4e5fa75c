import type { AuditLog } from '../../../domain/ports/audit-log.ts';
import type { QlikOAuth } from '../../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import type { QlikClients } from '../../../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../../domain/ports/qlik/qlik-users.ts';
import type { TenantHostOptions } from '../../../domain/rules/tenant-host.ts';
import type { ClientRole, Tenant } from '../../../domain/model/tenant.ts';
import type { QlikUserRef } from '../../../domain/model/account.ts';
import { MANAGEMENT_SCOPES, withManagementToken, type ManagementCredentials } from '../management-token.ts';
import { audited, record } from '../../audit.ts';
import type { Drift } from '../client-drift.ts';
import { unlessGone } from '../client-secrets.ts';
import { alignClient } from './apply-settings.ts';
import { proveCredentials, proveImpersonation } from './verify.ts';
import { requireTenant, saveTenant, type TenantDescription } from './tenant-record.ts';
import { clientMarker, isMade, wantedSettings, type ClientChoices } from './client-settings.ts';
import { markedClients, settleClient, type SettledClient, type Settling } from './ensure-client.ts';

export interface ProvisionDeps extends TenantHostOptions {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
  readonly audit: AuditLog;
}

export interface ProvisionRequest {
  readonly tenant: TenantDescription;
  readonly admin: ManagementCredentials;
  /** Where people open the portal; has to be among the client's allowedOrigins. */
  readonly portalOrigin: string;
  /** Who runs this, for the audit log. */
  readonly actor: string;
  readonly client?: ClientChoices;
  /** Takes over this client instead of making one. */
  readonly adopt?: string;
  /** Whom to impersonate as the proof; without it only the client's own token is tried. */
  readonly proofUser?: QlikUserRef;
  /** `create`: a separate client for administration; `keep`: store `admin`, where it is a client. */
  readonly management?: 'create' | 'keep';
  /** One short line for every step that is done. */
  readonly progress?: (step: string) => void;
}

export interface ProvisionResult {
  readonly tenant: Tenant;
  readonly clientId: string;
  readonly how: SettledClient['how'];
  readonly changed: readonly Drift[];
  /** Whom the proof spoke for; undefined where no user was given. */
  readonly provedAs: QlikUser | undefined;
  readonly warnings: readonly string[];
}

/** One run: what was asked, what it works with, and what it has to say. */
interface Run {
  readonly deps: ProvisionDeps;
  readonly request: ProvisionRequest;
  readonly tenant: Tenant;
  readonly access: TenantAccess;
  readonly warnings: string[];
}

/**
 * Gives a tenant the portal's OAuth client: create it, trust it, store its secret, prove it by impersonation. Runs
 * again without harm: it finishes what an earlier run began, and leaves exactly one client, whenever that was
 * killed. Clients of others are never touched.
 * Codes: those of QlikOAuth, QlikClients and QlikUsers; invalid_request (host), conflict (other host, or another run at
 * the same time).
 */
export async function provisionClient(
  deps: ProvisionDeps,
  request: ProvisionRequest,
): Promise<ProvisionResult> {
  const context = { audit: deps.audit, actor: request.actor, tenantId: request.tenant.id };
  return audited(context, 'tenant.provision', async () => {
    const tenant = await saveTenant(deps, request.tenant);
    return withManagementToken(deps, { host: tenant.host, admin: request.admin }, (access) =>
      provision({ deps, request, tenant, access, warnings: [] }),
    );
  });
}

async function provision(run: Run): Promise<ProvisionResult> {
  const { deps, tenant, warnings } = run;
  const { adopt, management, progress = () => undefined } = run.request;
  progress('opened the administration of the tenant');
  const settling = settlingOf(run, 'impersonation', adopt);
  const settled = await settleClient(settling);
  const { clientId } = settled.credentials;
  progress(`${settled.how} client ${clientId}; its secret is stored`);
  const changed = await alignClient(settling, settled);
  progress('its consent is trusted');
  if (adopt === undefined) await removeDuplicates(settling, clientId);
  if (management !== undefined) {
    await settleManagement(run, management);
    progress('the client for administration is stored');
  }

  const provedAs = await prove(run, settled.credentials);
  progress(provedAs === undefined ? 'the tenant takes the secret' : `a token speaks for user ${provedAs.id}`);
  const known = await requireTenant(deps.tenants, tenant.id);
  return { tenant: known, clientId, how: settled.how, changed, provedAs, warnings };
}

function settlingOf(
  { deps, request, tenant, access, warnings }: Run,
  role: ClientRole,
  adopt?: string,
): Settling {
  const { portalOrigin, actor, client } = request;
  const identity = { role, tenantId: tenant.id, portalOrigin };
  return {
    clients: deps.clients,
    audit: deps.audit,
    actor,
    tenantId: tenant.id,
    access,
    settings: wantedSettings({
      ...identity,
      ...(role === 'impersonation'
        ? { scopes: tenant.scopes, choices: client ?? {} }
        : { scopes: MANAGEMENT_SCOPES }),
    }),
    marker: clientMarker(identity),
    stored: tenant[role],
    storedNow: async () => (await requireTenant(deps.tenants, tenant.id))[role],
    adopt,
    keep: (to) => deps.tenants.replaceCredentials(tenant.id, role, { from: tenant[role], to }),
    warn: (warning) => warnings.push(warning),
  };
}

/** A create whose answer was lost may come true after all; the client that is stored stays. */
async function removeDuplicates(settling: Settling, clientId: string): Promise<void> {
  const { clients, access } = settling;
  for (const duplicate of await markedClients(settling)) {
    if (duplicate.clientId === clientId || !isMade(duplicate, settling.marker)) continue;
    await unlessGone(clients.remove(access, duplicate.clientId));
    await record(settling, 'oauth-client.remove', { clientId: duplicate.clientId });
  }
}

async function settleManagement(run: Run, management: 'create' | 'keep'): Promise<void> {
  const { deps, request, tenant } = run;
  if (management === 'create') {
    const settling = settlingOf(run, 'management');
    const settled = await settleClient(settling);
    await alignClient(settling, settled);
    await removeDuplicates(settling, settled.credentials.clientId);
    return;
  }
  if (!('client' in request.admin)) {
    run.warnings.push('A token was given, and no client: there is nothing to store for administration.');
    return;
  }
  const credentials = { from: tenant.management, to: request.admin.client };
  await deps.tenants.replaceCredentials(tenant.id, 'management', credentials);
}

async function prove(run: Run, client: SettledClient['credentials']): Promise<QlikUser | undefined> {
  const { deps, request, tenant } = run;
  const proof = { tenantId: tenant.id, host: tenant.host, scopes: tenant.scopes, client };
  if (request.proofUser === undefined) {
    await proveCredentials(deps, proof);
    return undefined;
  }
  return proveImpersonation(deps, { ...proof, user: request.proofUser });
}
