import { PortalError } from '../../../domain/errors.ts';
import type { OAuthClient } from '../../../domain/model/oauth-client.ts';
import { withManagementToken } from '../management-token.ts';
import { inPortal, inTenant, type PlannedChange } from '../planned-change.ts';
import { requireTenant } from '../require-tenant.ts';
import { keysToKeep, refuseForeignSecrets, secretsToRetire, tooManySecrets } from './retirement.ts';
import { sameKind, type RotateDeps, type RotateRequest } from './rotate-credentials.ts';
import type { OldCredentials, RotateTo } from './rotation.ts';

/** What a tenant keeps of one client. */
const MAX_SECRETS = 5;

/**
 * What {@link rotateCredentials} would change. Sends nothing but the requests that read, and writes nothing.
 *
 * @throws PortalError as {@link rotateCredentials}
 */
export async function planRotation(
  deps: Pick<RotateDeps, 'tenants' | 'oauth' | 'clients'>,
  { tenantId, management, to, prune = false }: RotateRequest,
): Promise<readonly PlannedChange[]> {
  const { impersonation: old, host } = await requireTenant(deps.tenants, tenantId);
  if (old === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
  return withManagementToken(deps, { host, management }, async (access) => {
    const client = await deps.clients.get(access, old.clientId);
    return plan({ old, prune }, client, to ?? sameKind(old));
  });
}

function plan(rotation: OldCredentials, client: OAuthClient, to: RotateTo): PlannedChange[] {
  const { clientId, secrets, publicKeys } = client;
  const toSecret = to.method === 'client_secret';
  if (!toSecret) refuseForeignSecrets(rotation, client);
  if (toSecret && secrets.length >= MAX_SECRETS && !rotation.prune) throw tooManySecrets(client);
  const kept = new Set(keysToKeep(rotation, publicKeys));
  const object = (kind: string) => `${kind} of client ${clientId}`;
  return [
    inTenant({ action: 'create', object: object(toSecret ? 'secret' : `${to.algorithm} key`) }),
    inPortal({ action: 'update', object: 'stored impersonation credentials', id: clientId }),
    ...secretsToRetire(rotation, secrets).map(({ hint }) =>
      inTenant({ action: 'delete', object: object('secret'), id: hint }),
    ),
    ...publicKeys
      .filter((key) => !kept.has(key))
      .map(({ kid }) => inTenant({ action: 'delete', object: object('key'), id: kid })),
  ];
}
