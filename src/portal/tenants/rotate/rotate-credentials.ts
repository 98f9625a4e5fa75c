import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/model/ids.ts';
import { sameCredentials, type OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { audited } from '../../audit.ts';
import type { PlannedChange } from '../planned-change.ts';
import { requireTenant } from '../require-tenant.ts';
import { verifyCredentials } from '../verify-credentials.ts';
import { withRotationPlan, type RotationPlan } from './plan-rotation.ts';
import { ownSecrets, tooManySecrets } from './retirement.ts';
import { introduceKey } from './rotate-key.ts';
import { introduceSecret } from './rotate-secret.ts';
import type { RotateDeps, RotateRequest } from './rotation.ts';

/** What a tenant keeps of one client. Only the plan assumes it: a rotation asks the tenant. */
const MAX_SECRETS = 5;

export interface RotateResult {
  readonly clientId: string;
  readonly method: OAuthClientCredentials['authentication']['method'];
  /** Hints of secrets that stay and are not the portal's. */
  readonly otherSecrets: readonly string[];
  /** Ids of keys that stay and are not the portal's. */
  readonly otherKeys: readonly string[];
}

/**
 * Replaces the client credentials of a tenant without downtime: the tenant accepts the new ones beside the old, a real
 * exchange verifies them, then they are stored, and the old ones are removed when no request can still use them.
 * Verified before they are stored, so that no replica ever reads credentials that do not work; where verification
 * fails, the new ones are removed again.
 *
 * @throws PortalError those of QlikOAuth, QlikClients and QlikUsers; not_found; tenant_not_provisioned; conflict (other
 *   secrets, or a concurrent run)
 */
export async function rotateCredentials(deps: RotateDeps, request: RotateRequest): Promise<RotateResult> {
  const { tenantId, actor } = request;
  return audited({ audit: deps.audit, actor, tenantId }, 'tenant.rotate', () =>
    withRotationPlan(deps, request, (plan) => carryOut(deps, request, plan)),
  );
}

/**
 * What {@link rotateCredentials} would change: its plan, not carried out.
 *
 * @throws PortalError as {@link rotateCredentials}
 */
export function planRotation(deps: RotateDeps, request: RotateRequest): Promise<readonly PlannedChange[]> {
  return withRotationPlan(deps, request, async ({ client, to, rotation, changes }) => {
    const full = client.secrets.length >= MAX_SECRETS && !rotation.prune;
    if (full && to.method === 'client_secret') throw tooManySecrets(client);
    return changes;
  });
}

async function carryOut(
  deps: RotateDeps,
  { graceMs, proofUser, progress = () => undefined, wait = sleep }: RotateRequest,
  { tenant, client, to, rotation }: RotationPlan,
): Promise<RotateResult> {
  const { clients, access, old } = rotation;
  const replacement = await (to.method === 'client_secret'
    ? introduceSecret(rotation, client)
    : introduceKey(rotation, client, to.algorithm));
  progress(
    to.method === 'client_secret' ? 'created a second secret' : `registered a key for ${to.algorithm}`,
  );
  const { credentials } = replacement;
  try {
    const { id: tenantId, host, scopes } = tenant;
    const proof = { tenantId, host, scopes, client: credentials, user: proofUser };
    await verifySoon(() => verifyCredentials(deps, proof), wait);
    progress('verified it by a token exchange');
    await deps.tenants.replaceCredentials(tenant.id, 'impersonation', { from: old, to: credentials });
  } catch (error) {
    if (!(await mayBeStored(deps, tenant.id, credentials))) await replacement.withdraw();
    throw error;
  }
  progress(`stored it; waiting ${Math.ceil(graceMs / 1000)} s for requests that still use the old one`);
  await wait(graceMs);
  await replacement.retire();
  progress('removed the old one');
  const { secrets, publicKeys } = await clients.get(access, old.clientId);
  const own = ownSecrets(credentials, secrets);
  const { authentication } = credentials;
  const ownKey = authentication.method === 'private_key_jwt' ? authentication.keyId : undefined;
  return {
    clientId: old.clientId,
    method: authentication.method,
    otherSecrets: secrets.filter((secret) => !own.includes(secret)).map(({ hint }) => hint),
    otherKeys: publicKeys.map(({ kid }) => kid).filter((kid) => kid !== ownKey),
  };
}

/** A failed write may have been stored; where the store cannot be read, both credentials stay valid. */
async function mayBeStored(
  { tenants }: RotateDeps,
  id: TenantId,
  credentials: OAuthClientCredentials,
): Promise<boolean> {
  try {
    return sameCredentials((await requireTenant(tenants, id)).impersonation, credentials);
  } catch (error) {
    return !hasCode(error, 'not_found');
  }
}

const VERIFY_PAUSES_MS = [500, 2000];

/** A tenant is eventually consistent: credentials that one machine created may be unknown to another for a moment. */
async function verifySoon(
  attempt: () => Promise<unknown>,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  for (const pause of VERIFY_PAUSES_MS) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!hasCode(error, 'qlik_client_rejected')) throw error;
      await wait(pause);
    }
  }
  await attempt();
}
