import type { Clock } from '../../runtime/clock.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { QlikApps } from '../../domain/ports/qlik/qlik-apps.ts';
import type { QlikProbe } from '../../domain/ports/qlik/qlik-probe.ts';
import type { OAuthClient } from '../../domain/model/oauth-client.ts';
import type { QlikClients } from '../../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { PortalError } from '../../domain/errors.ts';
import type { OAuthClientCredentials, Tenant } from '../../domain/model/tenant.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import type { ManagementCredentials } from '../tenants/management-token.ts';

/** What the checks of a tenant need. */
export interface TenantDoctorDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
  readonly apps: QlikApps;
  readonly probe: QlikProbe;
  readonly clock: Clock;
  /** The Content-Security-Policy of the embed page for a tenant at this origin. */
  readonly embedPolicy: (host: string) => Readonly<Record<string, readonly string[]>>;
}

/** What the checks of one tenant have found so far. */
export interface TenantFacts extends TenantDoctorDeps {
  readonly tenantId: TenantId;
  readonly portalOrigin: string;
  readonly user: QlikUserRef | undefined;
  readonly givenManagement: ManagementCredentials | undefined;
  readonly cspReportOnly: boolean;
  tenant?: Tenant;
  clockSkewMs?: number | undefined;
  access?: TenantAccess;
  /** To revoke at the end. */
  managementToken?: { readonly client: OAuthClientCredentials; readonly token: AccessToken };
  client?: OAuthClient;
  token?: AccessToken;
}

/** A fact that an earlier check has stored; the order of the checks guarantees it. */
export function fact<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new PortalError('internal_error', { detail: 'the checks are out of order' });
  return value;
}

/** @throws PortalError tenant_not_provisioned */
export function impersonationOf({
  tenant,
  tenantId,
}: Pick<TenantFacts, 'tenant' | 'tenantId'>): OAuthClientCredentials {
  const client = fact(tenant).impersonation;
  if (client === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
  return client;
}
