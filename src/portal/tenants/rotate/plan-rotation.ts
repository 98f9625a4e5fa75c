import { PortalError } from '../../../domain/errors.ts';
import type { OAuthClient } from '../../../domain/model/oauth-client.ts';
import type { Tenant } from '../../../domain/model/tenant.ts';
import { withManagementToken } from '../management-token.ts';
import { inPortal, inTenant, type PlannedChange } from '../planned-change.ts';
import { requireTenant } from '../require-tenant.ts';
import { keysToKeep, secretsToRetire } from './retirement.ts';
import type { RotateDeps, RotateRequest, RotateTo, RotationContext } from './rotation.ts';

export interface RotationPlan {
  readonly tenant: Tenant;
  /** As the tenant has it. */
  readonly client: OAuthClient;
  readonly to: RotateTo;
  readonly rotation: RotationContext;
  readonly changes: readonly PlannedChange[];
}

/** Plans the rotation by requests that only read, and passes the plan on while the management token is valid. */
export async function withRotationPlan<Result>(
  deps: RotateDeps,
  request: RotateRequest,
  work: (plan: RotationPlan) => Promise<Result>,
): Promise<Result> {
  const { tenantId, actor, management, prune = false } = request;
  const { audit, clients } = deps;
  const tenant = await requireTenant(deps.tenants, tenantId);
  const { impersonation: old, host } = tenant;
  if (old === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
  return withManagementToken(deps, { host, management }, async (access) => {
    const client = await clients.get(access, old.clientId);
    const to = request.to ?? sameKind(old.authentication);
    const rotation = { audit, actor, tenantId, clients, access, old, prune };
    return work({ tenant, client, to, rotation, changes: changesOf(rotation, client, to) });
  });
}

function changesOf(rotation: RotationContext, client: OAuthClient, to: RotateTo): PlannedChange[] {
  const { clientId, secrets, publicKeys } = client;
  const toSecret = to.method === 'client_secret';
  if (!toSecret) refuseForeignSecrets(rotation, client);
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

/** Once the client accepts keys only, other holders of a secret are locked out: only with `prune`. */
function refuseForeignSecrets(rotation: RotationContext, { clientId, secrets }: OAuthClient): void {
  const foreign = secrets.length - secretsToRetire(rotation, secrets).length;
  if (foreign === 0) return;
  throw new PortalError('conflict', {
    detail: `client ${clientId} has ${foreign} secrets that the portal does not use; --prune removes them`,
  });
}

function sameKind(authentication: RotationContext['old']['authentication']): RotateTo {
  if (authentication.method === 'client_secret') return { method: 'client_secret' };
  return { method: 'private_key_jwt', algorithm: authentication.algorithm };
}
