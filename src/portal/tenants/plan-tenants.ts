import { isDeepStrictEqual } from 'node:util';
import type { TenantId } from '../../domain/model/ids.ts';
import type { EmbedContent, Tenant } from '../../domain/model/tenant.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { MANAGEMENT_SCOPES, withManagementToken, type ManagementCredentials } from './management-token.ts';
import { clientDrift, type Drift } from './client-drift.ts';
import type { ProvisionDeps } from './provision/provision-client.ts';
import { refuseToMove } from './provision/tenant-record.ts';
import { getIfThere } from './provision/ensure-client.ts';
import { wantedSettings, type ClientChoices } from './provision/client-settings.ts';

/** A tenant as it ought to be; what is left out stays as it is. */
export interface TenantSpec {
  readonly id: TenantId;
  readonly host: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly embed?: EmbedContent;
  readonly status?: Tenant['status'];
  readonly client?: ClientChoices;
  readonly management?: 'create' | 'keep';
  readonly proofUser?: QlikUserRef;
  /** What is stored for the tenant by default. */
  readonly admin?: ManagementCredentials;
}

/** What is to be done about one tenant. */
export interface TenantPlan {
  readonly id: TenantId;
  readonly action: 'create' | 'change' | 'none';
  /** What the portal itself knows otherwise: field names. */
  readonly here: readonly string[];
  /** How the client drifted; undefined where there was no administration to ask. */
  readonly drift: readonly Drift[] | undefined;
  /** The client is stored here and gone there. */
  readonly clientIsGone: boolean;
}

/** Compares one tenant with what it ought to be. Changes nothing. Codes: those of QlikOAuth and QlikClients; conflict. */
export async function planTenant(
  deps: ProvisionDeps,
  spec: TenantSpec,
  portalOrigin: string,
): Promise<TenantPlan> {
  const { id } = spec;
  const known = await deps.tenants.find(id);
  refuseToMove(known, spec.host);
  if (known === undefined || known.impersonation === null)
    return { id, action: 'create', here: [], drift: undefined, clientIsGone: false };
  const here = differences(known, spec);
  const { drift, clientIsGone } = await compareClient(deps, known, spec, portalOrigin);
  const changed = here.length > 0 || clientIsGone || (drift?.length ?? 0) > 0;
  return { id, action: changed ? 'change' : 'none', here, drift, clientIsGone };
}

export function adminOf(spec: TenantSpec, known: Tenant | undefined): ManagementCredentials | undefined {
  return (
    spec.admin ?? (known?.management ? { client: known.management, scopes: MANAGEMENT_SCOPES } : undefined)
  );
}

function differences(known: Tenant, spec: TenantSpec): string[] {
  const fields = (['name', 'scopes', 'embed', 'status'] as const).filter(
    (field) => spec[field] !== undefined && !isDeepStrictEqual(spec[field], known[field]),
  );
  return spec.management !== undefined && known.management === null ? [...fields, 'management'] : fields;
}

async function compareClient(deps: ProvisionDeps, known: Tenant, spec: TenantSpec, portalOrigin: string) {
  const admin = adminOf(spec, known);
  const clientId = known.impersonation?.clientId;
  if (admin === undefined || clientId === undefined) return { drift: undefined, clientIsGone: false };
  const wanted = wantedSettings({
    role: 'impersonation',
    tenantId: spec.id,
    portalOrigin,
    scopes: spec.scopes ?? known.scopes,
    // Redirect URIs count only where they are named: a client may have others for reasons of its own.
    choices: { redirectUris: [], ...spec.client },
  });
  return withManagementToken(deps, { host: known.host, admin }, async (access) => {
    const client = await getIfThere(deps.clients, access, clientId);
    if (client === undefined) return { drift: undefined, clientIsGone: true };
    const consent = await deps.clients.consent(access, clientId);
    return { drift: clientDrift(client, wanted, consent), clientIsGone: false };
  });
}
