import { isDeepStrictEqual } from 'node:util';
import type { TenantId } from '../../domain/model/ids.ts';
import { tenantSettings, type Tenant, type TenantSettings } from '../../domain/model/tenant.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { storedManagement, withManagementToken, type ManagementCredentials } from './management-token.ts';
import { clientDrift, type Drift } from './client-drift.ts';
import type { ProvisionDeps } from './provision/provision-request.ts';
import { refuseToMove } from './provision/tenant-record.ts';
import { getIfThere } from './provision/find-client.ts';
import { wantedSettings, type ClientChoices } from './provision/client-settings.ts';

/** The wanted state of a tenant; what is left out stays unchanged. */
export interface TenantSpec extends Partial<TenantSettings> {
  readonly id: TenantId;
  readonly host: string;
  readonly client?: ClientChoices;
  readonly managementClient?: 'create' | 'keep';
  readonly proofUser?: QlikUserRef;
  /** By default what is stored for the tenant. */
  readonly management?: ManagementCredentials;
}

/** What has to change for one tenant. */
export interface TenantPlan {
  readonly id: TenantId;
  readonly action: 'create' | 'change' | 'none';
  /** Fields that the portal has stored differently. */
  readonly here: readonly string[];
  /** How the client differs; undefined where there are no management credentials to read it with. */
  readonly drift: readonly Drift[] | undefined;
  /** The client is stored here and was deleted in the tenant. */
  readonly clientIsGone: boolean;
}

/**
 * Compares one tenant with its spec. Only reads.
 *
 * @throws PortalError those of QlikOAuth and QlikClients, conflict
 */
export async function planTenant(
  deps: ProvisionDeps,
  spec: TenantSpec,
  portalOrigin: string,
): Promise<TenantPlan> {
  const { id } = spec;
  const stored = await deps.tenants.find(id);
  refuseToMove(stored, spec.host);
  if (stored === undefined || stored.impersonation === null)
    return { id, action: 'create', here: [], drift: undefined, clientIsGone: false };
  const here = differences(stored, spec);
  const { drift, clientIsGone } = await compareClient(deps, stored, spec, portalOrigin);
  const changed = here.length > 0 || clientIsGone || (drift?.length ?? 0) > 0;
  return { id, action: changed ? 'change' : 'none', here, drift, clientIsGone };
}

function differences(stored: Tenant, spec: TenantSpec): readonly string[] {
  const fields: readonly string[] = tenantSettings
    .keyof()
    .options.filter((field) => spec[field] !== undefined && !isDeepStrictEqual(spec[field], stored[field]));
  const addsManagement = spec.managementClient !== undefined && stored.management === null;
  return addsManagement ? [...fields, 'management'] : fields;
}

async function compareClient(deps: ProvisionDeps, stored: Tenant, spec: TenantSpec, portalOrigin: string) {
  const management = spec.management ?? storedManagement(stored);
  const clientId = stored.impersonation?.clientId;
  if (management === undefined || clientId === undefined) return { drift: undefined, clientIsGone: false };
  const wanted = wantedSettings({
    role: 'impersonation',
    tenantId: spec.id,
    portalOrigin,
    scopes: spec.scopes ?? stored.scopes,
    // Redirect URIs are compared only where they are given: other applications may use the client.
    choices: { redirectUris: [], ...spec.client },
  });
  return withManagementToken(deps, { host: stored.host, management }, async (access) => {
    const client = await getIfThere(deps.clients, access, clientId);
    if (client === undefined) return { drift: undefined, clientIsGone: true };
    const consent = await deps.clients.consent(access, clientId);
    return { drift: clientDrift(client, wanted, consent), clientIsGone: false };
  });
}
