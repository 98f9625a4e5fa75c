import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, PortalError } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/model/ids.ts';
import type { AuditLog } from '../../../domain/ports/audit-log.ts';
import type { QlikOAuth } from '../../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import type { QlikClients } from '../../../domain/ports/qlik/qlik-clients.ts';
import type { QlikUsers } from '../../../domain/ports/qlik/qlik-users.ts';
import { sameCredentials, type OAuthClientCredentials, type Tenant } from '../../../domain/model/tenant.ts';
import type { QlikUserRef } from '../../../domain/model/account.ts';
import { withManagementToken, type ManagementCredentials } from '../management-token.ts';
import { audited } from '../../audit.ts';
import { requireTenant } from '../require-tenant.ts';
import { verifyCredentials } from '../verify-credentials.ts';
import { ownSecrets } from './retirement.ts';
import { introduceKey } from './rotate-key.ts';
import { introduceSecret } from './rotate-secret.ts';
import type { RotateTo, RotationContext } from './rotation.ts';

export interface RotateDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
  readonly audit: AuditLog;
}

export interface RotateRequest {
  readonly tenantId: TenantId;
  readonly management: ManagementCredentials;
  readonly actor: string;
  /** The kind of the new credentials; by default that of the old ones. */
  readonly to?: RotateTo;
  readonly proofUser?: QlikUserRef;
  /** ms between storing the new credentials and removing the old: longer than any token request takes. */
  readonly graceMs: number;
  /** Also removes secrets and keys of the client that the portal does not hold. */
  readonly prune?: boolean;
  readonly progress?: (step: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

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
  const { tenantId, actor, management } = request;
  const context = { audit: deps.audit, actor, tenantId };
  return audited(context, 'tenant.rotate', async () => {
    const tenant = await requireTenant(deps.tenants, tenantId);
    const { impersonation: old, host } = tenant;
    if (old === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
    return withManagementToken(deps, { host, management }, (access) =>
      rotate(deps, request, tenant, {
        ...context,
        clients: deps.clients,
        access,
        old,
        prune: request.prune ?? false,
      }),
    );
  });
}

async function rotate(
  deps: RotateDeps,
  request: RotateRequest,
  tenant: Tenant,
  rotation: RotationContext,
): Promise<RotateResult> {
  const { graceMs, progress = () => undefined, wait = sleep } = request;
  const { clients, access, old } = rotation;
  const client = await clients.get(access, old.clientId);
  const to = request.to ?? sameKind(old);
  const replacement = await (to.method === 'client_secret'
    ? introduceSecret(rotation, client)
    : introduceKey(rotation, client, to.algorithm));
  progress(
    to.method === 'client_secret' ? 'created a second secret' : `registered a key for ${to.algorithm}`,
  );
  const { credentials } = replacement;
  try {
    const { id: tenantId, host, scopes } = tenant;
    const proof = { tenantId, host, scopes, client: credentials, user: request.proofUser };
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

export function sameKind({ authentication }: OAuthClientCredentials): RotateTo {
  if (authentication.method === 'client_secret') return { method: 'client_secret' };
  return { method: 'private_key_jwt', algorithm: authentication.algorithm };
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
