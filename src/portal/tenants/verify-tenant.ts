import { PortalError } from '../../domain/errors.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import { clientDrift, type Drift } from './client-drift.ts';
import { withManagementToken, type ManagementCredentials } from './management-token.ts';
import { wantedSettings } from './provision/client-settings.ts';
import { requireTenant } from './require-tenant.ts';
import { verifyCredentials } from './verify-credentials.ts';

export interface VerifyDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
}

export interface VerifyRequest {
  readonly tenantId: TenantId;
  /** Without it the client is not compared, only verified. */
  readonly management: ManagementCredentials | undefined;
  readonly proofUser: QlikUserRef | undefined;
  readonly portalOrigin: string;
}

export interface Verification {
  readonly clientId: string;
  /** undefined where there were no management credentials to read the client with. */
  readonly drift: readonly Drift[] | undefined;
  readonly provedAs: QlikUser | undefined;
}

/**
 * Compares the client with what is wanted, and verifies its credentials. Changes nothing.
 *
 * @throws PortalError not_found, tenant_not_provisioned, and those of QlikOAuth, QlikClients and QlikUsers
 */
export async function verifyTenant(deps: VerifyDeps, request: VerifyRequest): Promise<Verification> {
  const { tenantId, management, proofUser: user, portalOrigin } = request;
  const tenant = await requireTenant(deps.tenants, tenantId);
  const { impersonation: client, host, scopes } = tenant;
  if (client === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
  const { clientId } = client;
  const choices = { redirectUris: [] };
  const wanted = wantedSettings({ role: 'impersonation', tenantId, portalOrigin, scopes, choices });
  const drift =
    management &&
    (await withManagementToken(deps, { host, management }, async (access) => {
      const found = await deps.clients.get(access, clientId);
      return clientDrift(found, wanted, await deps.clients.consent(access, clientId));
    }));
  const provedAs = await verifyCredentials(deps, { tenantId, host, scopes, client, user });
  return { clientId, drift, provedAs };
}
