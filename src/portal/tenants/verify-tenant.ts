import type { TenantId } from '../../domain/model/ids.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { PortalError } from '../../domain/errors.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { withManagementToken, type ManagementCredentials } from './management-token.ts';
import { clientDrift, type Drift } from './client-drift.ts';
import { proveCredentials, proveImpersonation } from './provision/verify.ts';
import { requireTenant } from './provision/tenant-record.ts';
import { wantedSettings } from './provision/client-settings.ts';

export interface VerifyDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
}

export interface VerifyRequest {
  readonly tenantId: TenantId;
  /** Without it the client is not compared, only tried. */
  readonly admin: ManagementCredentials | undefined;
  readonly proofUser: QlikUserRef | undefined;
  readonly portalOrigin: string;
}

export interface Verification {
  readonly clientId: string;
  /** undefined where there was no administration to ask. */
  readonly drift: readonly Drift[] | undefined;
  readonly provedAs: QlikUser | undefined;
}

/**
 * Compares the client with what it ought to be, and tries it. Changes nothing.
 * Codes: not_found, tenant_not_provisioned, and those of QlikOAuth, QlikClients and QlikUsers.
 */
export async function verifyTenant(deps: VerifyDeps, request: VerifyRequest): Promise<Verification> {
  const { tenantId, admin, proofUser, portalOrigin } = request;
  const tenant = await requireTenant(deps.tenants, tenantId);
  const { impersonation: client, host, scopes } = tenant;
  if (client === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
  const { clientId } = client;
  const wanted = wantedSettings({
    role: 'impersonation',
    tenantId,
    portalOrigin,
    scopes,
    choices: { redirectUris: [] },
  });
  const drift =
    admin &&
    (await withManagementToken(deps, { host, admin }, async (access) =>
      clientDrift(
        await deps.clients.get(access, clientId),
        wanted,
        await deps.clients.consent(access, clientId),
      ),
    ));
  const proof = { tenantId, host, scopes, client };
  if (proofUser === undefined) {
    await proveCredentials(deps, proof);
    return { clientId, drift, provedAs: undefined };
  }
  return { clientId, drift, provedAs: await proveImpersonation(deps, { ...proof, user: proofUser }) };
}
