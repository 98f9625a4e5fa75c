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
import type { Administering } from '../client-secrets.ts';
import { proveCredentials, proveImpersonation } from '../provision/verify.ts';
import { requireTenant } from '../provision/tenant-record.ts';
import { introduceKey } from './rotate-key.ts';
import { introduceSecret, ownSecrets } from './rotate-secret.ts';

export type KeyAlgorithm = Extract<
  OAuthClientCredentials['authentication'],
  { method: 'private_key_jwt' }
>['algorithm'];
export type RotateTo =
  | { readonly method: 'client_secret' }
  | { readonly method: 'private_key_jwt'; readonly algorithm: KeyAlgorithm };

export interface RotateDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
  readonly audit: AuditLog;
}

export interface RotateRequest {
  readonly tenantId: TenantId;
  readonly admin: ManagementCredentials;
  readonly actor: string;
  /** What the new credentials are; of the kind of the old ones by default. */
  readonly to?: RotateTo;
  readonly proofUser?: QlikUserRef;
  /** ms between storing the new credentials and removing the old: longer than any token request may take. */
  readonly graceMs: number;
  /** Also removes secrets and keys of the client that the portal does not hold. */
  readonly prune?: boolean;
  readonly progress?: (step: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

export interface Rotating extends Administering {
  readonly old: OAuthClientCredentials;
  readonly prune: boolean;
}

/** New credentials that the tenant takes beside the old. */
export interface Replacement {
  readonly credentials: OAuthClientCredentials;
  /** Takes the new ones back. */
  withdraw(): Promise<void>;
  /** Ends the old ones. */
  retire(): Promise<void>;
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
 * Replaces what the portal proves itself with, while it goes on minting tokens: the tenant takes the new credentials
 * beside the old, they are proved by a real exchange, stored, and only when no request can still carry the old ones
 * are those removed. Proved before they are stored, so that no replica ever meets credentials that do not work; a
 * proof that fails takes them back.
 * Codes: those of QlikOAuth, QlikClients and QlikUsers; not_found, tenant_not_provisioned, conflict (other secrets, or
 * another run at the same time).
 */
export async function rotateCredentials(deps: RotateDeps, request: RotateRequest): Promise<RotateResult> {
  const { tenantId, actor, admin } = request;
  const context = { audit: deps.audit, actor, tenantId };
  return audited(context, 'tenant.rotate', async () => {
    const tenant = await requireTenant(deps.tenants, tenantId);
    const { impersonation: old, host } = tenant;
    if (old === null) throw new PortalError('tenant_not_provisioned', { detail: tenantId });
    return withManagementToken(deps, { host, admin }, (access) =>
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
  rotating: Rotating,
): Promise<RotateResult> {
  const { graceMs, progress = () => undefined, wait = sleep } = request;
  const { clients, access, old } = rotating;
  const client = await clients.get(access, old.clientId);
  const to = request.to ?? sameKind(old);
  const replacement = await (to.method === 'client_secret'
    ? introduceSecret(rotating, client)
    : introduceKey(rotating, client, to.algorithm));
  progress(to.method === 'client_secret' ? 'made a second secret' : `registered a key for ${to.algorithm}`);
  const { credentials } = replacement;
  try {
    await proveSoon(() => prove(deps, request, tenant, credentials), wait);
    progress('proved it by an exchange');
    await deps.tenants.replaceCredentials(tenant.id, 'impersonation', { from: old, to: credentials });
  } catch (error) {
    if (!(await mayBeStored(deps, tenant.id, credentials))) await replacement.withdraw();
    throw error;
  }
  progress(`stored it; waiting ${Math.ceil(graceMs / 1000)} s for requests that still carry the old one`);
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

/** A store that fails may have stored all the same; where it cannot be asked, both credentials stay good. */
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

function sameKind({ authentication }: OAuthClientCredentials): RotateTo {
  if (authentication.method === 'client_secret') return { method: 'client_secret' };
  return { method: 'private_key_jwt', algorithm: authentication.algorithm };
}

async function prove(
  deps: RotateDeps,
  request: RotateRequest,
  tenant: Tenant,
  client: OAuthClientCredentials,
) {
  const proof = { tenantId: tenant.id, host: tenant.host, scopes: tenant.scopes, client };
  if (request.proofUser === undefined) await proveCredentials(deps, proof);
  else await proveImpersonation(deps, { ...proof, user: request.proofUser });
}

const PROOF_PAUSES_MS = [500, 2000];

/** A tenant is many machines: what one of them has just made, another may not know for a moment. */
async function proveSoon(
  attempt: () => Promise<void>,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  for (const pause of PROOF_PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!hasCode(error, 'qlik_client_rejected')) throw error;
      await wait(pause);
    }
  }
  await attempt();
}
