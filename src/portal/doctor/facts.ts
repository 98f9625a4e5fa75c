import type { Clock } from '../../domain/clock.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { QlikOAuth, TenantStore } from '../../domain/ports.ts';
import type { QlikApps, QlikProbe } from '../../domain/qlik-apps.ts';
import type { OAuthClient, QlikClients, TenantAccess } from '../../domain/qlik-clients.ts';
import type { QlikUsers } from '../../domain/qlik-users.ts';
import { PortalError } from '../../domain/errors.ts';
import type { OAuthClientCredentials, Tenant } from '../../domain/tenant.ts';
import type { AccessToken } from '../../domain/token.ts';
import type { QlikUserRef } from '../../domain/user.ts';
import type { AdminCredentials } from '../admin-access.ts';

/** What the doctor works with in one tenant. */
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

/** What is known of one tenant so far. */
export interface TenantFacts extends TenantDoctorDeps {
  readonly tenantId: TenantId;
  readonly portalOrigin: string;
  readonly user: QlikUserRef | undefined;
  readonly givenAdmin: AdminCredentials | undefined;
  readonly cspReportOnly: boolean;
  tenant?: Tenant;
  clockSkewMs?: number | undefined;
  access?: TenantAccess;
  /** To revoke at the end. */
  adminToken?: { readonly client: OAuthClientCredentials; readonly token: AccessToken };
  client?: OAuthClient;
  token?: AccessToken;
}

/** A fact that an earlier check has left; the order of the checks sees to it that it is there. */
export function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new PortalError('internal_error', { detail: 'the checks are out of order' });
  return value;
}

/** @throws PortalError `tenant_not_provisioned` */
export function impersonationOf({ tenant, tenantId }: TenantFacts): OAuthClientCredentials {
  const client = known(tenant).impersonation;
  if (client === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
  return client;
}
