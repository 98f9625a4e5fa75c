import type { ClientRole, Tenant } from '../../../domain/model/tenant.ts';
import type { TenantAccess } from '../../../domain/model/tenant-access.ts';
import { withManagementToken } from '../management-token.ts';
import { changedFields, inPortal, inTenant, newFields, type PlannedChange } from '../planned-change.ts';
import { isMade, isMarked } from './client-settings.ts';
import { duplicatesOf, findClient, type ClientTarget, type FoundClient } from './find-client.ts';
import { clientTarget, type ProvisionDeps, type ProvisionRequest } from './provision-request.ts';
import { describedTenant } from './tenant-record.ts';

/**
 * What {@link provisionClient} would change. Sends nothing but the requests that read, and writes nothing.
 *
 * @throws PortalError as {@link provisionClient}
 */
export async function planProvision(
  deps: ProvisionDeps,
  request: ProvisionRequest,
): Promise<readonly PlannedChange[]> {
  const { stored, tenant } = await describedTenant(deps, request.tenant);
  const { management, managementClient } = request;
  return withManagementToken(deps, { host: tenant.host, management }, async (access) => [
    ...planRecord(stored, tenant),
    ...(await planClient(deps, request, { tenant, access, role: 'impersonation' })),
    ...(managementClient === 'create'
      ? await planClient(deps, request, { tenant, access, role: 'management' })
      : []),
    ...(managementClient === 'keep' && 'client' in management
      ? [storedCredentials('management', management.client.clientId)]
      : []),
  ]);
}

function planRecord(stored: Tenant | undefined, { id, host, name, scopes, embed }: Tenant): PlannedChange[] {
  const described = { host, name, scopes, embed };
  if (stored === undefined)
    return [inPortal({ action: 'create', object: 'tenant', id, fields: newFields(described) })];
  const fields = changedFields({ ...stored }, described);
  return fields.length === 0 ? [] : [inPortal({ action: 'update', object: 'tenant', id, fields })];
}

async function planClient(
  deps: ProvisionDeps,
  request: ProvisionRequest,
  wanted: { tenant: Tenant; access: TenantAccess; role: ClientRole },
): Promise<PlannedChange[]> {
  const target = clientTarget(deps, request, wanted);
  const found = await findClient(target);
  const id = found.how === 'created' ? null : found.client.clientId;
  const duplicates = await duplicatesOf(target, id);
  return [
    ...(found.how === 'created' ? [plannedClient(target)] : planExisting(target, found)),
    ...duplicates.map(({ clientId }) => inTenant({ action: 'delete', object: 'OAuth client', id: clientId })),
    ...(found.how === 'found' ? [] : [storedCredentials(wanted.role, id)]),
  ];
}

function plannedClient({ settings }: ClientTarget): PlannedChange {
  const fields = newFields({ ...settings, consentMethod: 'trusted' });
  return inTenant({ action: 'create', object: 'OAuth client', fields });
}

function planExisting(
  { marker }: ClientTarget,
  { how, client, drift }: Exclude<FoundClient, { how: 'created' }>,
): PlannedChange[] {
  const id = client.clientId;
  const adopted = `${client.description} ${marker.adopted}`.trim();
  const fields = [
    ...(how === 'found' || isMarked(client, marker)
      ? []
      : changedFields({ ...client }, { description: adopted })),
    ...drift,
  ];
  const replaced = how === 'adopted' && isMade(client, marker) ? client : { secrets: [], publicKeys: [] };
  return [
    ...(fields.length === 0 ? [] : [inTenant({ action: 'update', object: 'OAuth client', id, fields })]),
    ...(how === 'found' ? [] : [inTenant({ action: 'create', object: `secret of client ${id}` })]),
    ...[
      ...replaced.secrets.map(({ hint }) => ['secret', hint] as const),
      ...replaced.publicKeys.map(({ kid }) => ['key', kid] as const),
    ].map(([kind, name]) => inTenant({ action: 'delete', object: `${kind} of client ${id}`, id: name })),
  ];
}

function storedCredentials(role: ClientRole, clientId: string | null): PlannedChange {
  return inPortal({ action: 'update', object: `stored ${role} credentials`, id: clientId });
}
