import type { QlikUser } from '../../../domain/ports/qlik/qlik-users.ts';
import type { TenantAccess } from '../../../domain/model/tenant-access.ts';
import type { ClientRole, Tenant } from '../../../domain/model/tenant.ts';
import { audited, record } from '../../audit.ts';
import type { Drift } from '../client-drift.ts';
import { ignoreNotFound } from '../client-secrets.ts';
import { withManagementToken } from '../management-token.ts';
import { requireTenant } from '../require-tenant.ts';
import { verifyCredentials } from '../verify-credentials.ts';
import { applySettings } from './apply-settings.ts';
import { ensureClient, type ClientContext, type EnsuredClient } from './ensure-client.ts';
import { duplicatesOf } from './find-client.ts';
import { clientTarget, type ProvisionDeps, type ProvisionRequest } from './provision-request.ts';
import { saveTenant } from './tenant-record.ts';

export interface ProvisionResult {
  readonly tenant: Tenant;
  readonly clientId: string;
  readonly how: EnsuredClient['how'];
  readonly changed: readonly Drift[];
  /** Whom the proof impersonated; undefined where no user was given. */
  readonly provedAs: QlikUser | undefined;
  readonly warnings: readonly string[];
}

interface Run {
  readonly deps: ProvisionDeps;
  readonly request: ProvisionRequest;
  readonly tenant: Tenant;
  readonly access: TenantAccess;
  readonly warnings: string[];
}

/**
 * Gives a tenant the portal's OAuth client: creates it, trusts it, stores its secret, verifies it by impersonation.
 * Idempotent: a run completes what an earlier one began, and leaves exactly one client, whenever that was killed.
 * Never changes clients of others.
 *
 * @throws PortalError those of QlikOAuth, QlikClients and QlikUsers; invalid_request (host); conflict (other host, or a
 *   concurrent run)
 */
export async function provisionClient(
  deps: ProvisionDeps,
  request: ProvisionRequest,
): Promise<ProvisionResult> {
  const context = { audit: deps.audit, actor: request.actor, tenantId: request.tenant.id };
  return audited(context, 'tenant.provision', async () => {
    const tenant = await saveTenant(deps, request.tenant);
    return withManagementToken(deps, { host: tenant.host, management: request.management }, (access) =>
      provision({ deps, request, tenant, access, warnings: [] }),
    );
  });
}

async function provision(run: Run): Promise<ProvisionResult> {
  const { deps, request, tenant, warnings } = run;
  const { managementClient, proofUser, progress = () => undefined } = request;
  progress('got a management token');
  const { how, credentials, drift: changed } = await ensure(run, 'impersonation');
  progress(`${how} client ${credentials.clientId}: its secret is stored, its consent is trusted`);
  if (managementClient === 'create') await ensure(run, 'management');
  if (managementClient === 'keep') await keepManagementClient(run);
  if (managementClient !== undefined) progress('the management client is stored');

  const { id, host, scopes } = tenant;
  const proof = { tenantId: id, host, scopes, client: credentials, user: proofUser };
  const provedAs = await verifyCredentials(deps, proof);
  progress(
    provedAs === undefined ? 'the tenant accepts the secret' : `a token impersonates user ${provedAs.id}`,
  );
  const stored = await requireTenant(deps.tenants, id);
  return { tenant: stored, clientId: credentials.clientId, how, changed, provedAs, warnings };
}

async function ensure(run: Run, role: ClientRole): Promise<EnsuredClient> {
  const context = contextFor(run, role);
  const ensured = await ensureClient(context);
  await applySettings(context, ensured);
  await removeDuplicates(context, ensured.credentials.clientId);
  return ensured;
}

function contextFor({ deps, request, tenant, access, warnings }: Run, role: ClientRole): ClientContext {
  return {
    ...clientTarget(deps, request, { tenant, access, role }),
    audit: deps.audit,
    actor: request.actor,
    tenantId: tenant.id,
    storedNow: async () => (await requireTenant(deps.tenants, tenant.id))[role],
    keep: (to) => deps.tenants.replaceCredentials(tenant.id, role, { from: tenant[role], to }),
    warn: (warning) => warnings.push(warning),
  };
}

async function removeDuplicates(context: ClientContext, clientId: string): Promise<void> {
  const { clients, access } = context;
  for (const duplicate of await duplicatesOf(context, clientId)) {
    await ignoreNotFound(clients.remove(access, duplicate.clientId));
    await record(context, 'oauth-client.remove', { clientId: duplicate.clientId });
  }
}

async function keepManagementClient({ deps, request, tenant, warnings }: Run): Promise<void> {
  if (!('client' in request.management)) {
    warnings.push(NO_CLIENT_TO_KEEP);
    return;
  }
  const credentials = { from: tenant.management, to: request.management.client };
  await deps.tenants.replaceCredentials(tenant.id, 'management', credentials);
}

const NO_CLIENT_TO_KEEP = 'A token was given and no client: there are no management credentials to store.';
