import type { QlikUserRef } from '../../../domain/model/account.ts';
import type { TenantAccess } from '../../../domain/model/tenant-access.ts';
import type { ClientRole, Tenant } from '../../../domain/model/tenant.ts';
import type { AuditLog } from '../../../domain/ports/audit-log.ts';
import type { QlikClients } from '../../../domain/ports/qlik/qlik-clients.ts';
import type { QlikOAuth } from '../../../domain/ports/qlik/qlik-oauth.ts';
import type { QlikUsers } from '../../../domain/ports/qlik/qlik-users.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import type { TenantHostOptions } from '../../../domain/rules/tenant-host.ts';
import { MANAGEMENT_SCOPES, type ManagementCredentials } from '../management-token.ts';
import { clientMarker, wantedSettings, type ClientChoices } from './client-settings.ts';
import type { ClientTarget } from './find-client.ts';
import type { TenantDescription } from './tenant-record.ts';

export interface ProvisionDeps extends TenantHostOptions {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
  readonly audit: AuditLog;
}

export interface ProvisionRequest {
  readonly tenant: TenantDescription;
  readonly management: ManagementCredentials;
  /** Where people open the portal; has to be among the client's allowedOrigins. */
  readonly portalOrigin: string;
  /** Who runs this, for the audit log. */
  readonly actor: string;
  readonly client?: ClientChoices;
  /** Uses this existing client instead of creating one. */
  readonly adopt?: string;
  /** Whom to impersonate as the proof; without it only the client's own token is requested. */
  readonly proofUser?: QlikUserRef;
  /** `create`: a separate client for management; `keep`: store `management`, where it is a client. */
  readonly managementClient?: 'create' | 'keep';
  /** One short line for every completed step. */
  readonly progress?: (step: string) => void;
}

/** The client that a request wants in a role. */
export function clientTarget(
  { clients }: Pick<ProvisionDeps, 'clients'>,
  { portalOrigin, client, adopt }: ProvisionRequest,
  { tenant, access, role }: { tenant: Tenant; access: TenantAccess; role: ClientRole },
): ClientTarget {
  const identity = { role, tenantId: tenant.id, portalOrigin };
  const impersonates = role === 'impersonation';
  return {
    clients,
    access,
    settings: wantedSettings({
      ...identity,
      ...(impersonates ? { scopes: tenant.scopes, choices: client ?? {} } : { scopes: MANAGEMENT_SCOPES }),
    }),
    marker: clientMarker(identity),
    stored: tenant[role],
    adopt: impersonates ? adopt : undefined,
  };
}
