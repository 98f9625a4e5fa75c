import { hasCode } from '../../../domain/errors.ts';
import type { OAuthClient } from '../../../domain/model/oauth-client.ts';
import type { Secret } from '../../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { record } from '../../audit.ts';
import type { Drift } from '../client-drift.ts';
import {
  allowSecrets,
  ignoreNotFound,
  removeKeys,
  removeSecrets,
  type ManagementContext,
} from '../client-secrets.ts';
import { isMade, isMarked } from './client-settings.ts';
import { findClient, type ClientTarget, type FoundClient, type PresentClient } from './find-client.ts';

export interface ClientContext extends ClientTarget, ManagementContext {
  readonly storedNow: () => Promise<OAuthClientCredentials | null>;
  /** Stores credentials. @throws PortalError conflict where another run has stored its own */
  readonly keep: (credentials: OAuthClientCredentials) => Promise<void>;
  readonly warn: (warning: string) => void;
}

export interface EnsuredClient {
  readonly how: FoundClient['how'];
  readonly credentials: OAuthClientCredentials;
  /** What is left to change. */
  readonly drift: readonly Drift[];
}

/**
 * Ensures that the tenant has the portal's client and the store its secret, from any point at which an earlier run may
 * have stopped: nothing created, created but its secret not stored, or complete.
 *
 * @throws PortalError those of {@link findClient}; qlik_conflict where `adopt` has five secrets
 */
export async function ensureClient(context: ClientContext): Promise<EnsuredClient> {
  const found = await findClient(context);
  if (found.how === 'created') return createClient(context);
  if (found.how === 'adopted') return takeOver(context, found);
  return found;
}

/** Another run that was faster has stored its client: this run deletes its own, so that one client is left. */
async function keepOr(
  { keep }: ClientContext,
  credentials: OAuthClientCredentials,
  undo: () => Promise<void>,
): Promise<void> {
  try {
    await keep(credentials);
  } catch (error) {
    if (hasCode(error, 'conflict')) await ignoreNotFound(undo());
    throw error;
  }
}

/** Unless the faster run has adopted it. */
async function removeUnused({ clients, access, storedNow }: ClientContext, clientId: string): Promise<void> {
  if ((await storedNow())?.clientId !== clientId) await clients.remove(access, clientId);
}

async function createClient(context: ClientContext): Promise<EnsuredClient> {
  const { clientId, secret } = await createWithFallback(context);
  const credentials = withSecret(clientId, secret);
  // Before anything else can fail: the tenant does not show this secret again.
  await keepOr(context, credentials, () => removeUnused(context, clientId));
  await record(context, 'oauth-client.create', { clientId });
  return {
    how: 'created',
    credentials,
    drift: [{ field: 'consentMethod', found: ['required'], wanted: ['trusted'] }],
  };
}

/** Some tenants accept `allowedOrigins` for single-page apps only. A refused create may be sent again. */
async function createWithFallback({ clients, access, settings, warn }: ClientContext) {
  try {
    return await clients.create(access, settings);
  } catch (error) {
    if (!hasCode(error, 'qlik_bad_request') || settings.allowedOrigins.length === 0) throw error;
    const created = await clients.create(access, { ...settings, allowedOrigins: [] });
    warn(ORIGINS_REFUSED);
    return created;
  }
}

export const ORIGINS_REFUSED =
  'The tenant refuses allowedOrigins for this client: add the origin of the portal in the management console of the ' +
  'tenant, or the embed stays blank.';

async function takeOver(
  context: ClientContext,
  { client: before, drift }: PresentClient,
): Promise<EnsuredClient> {
  const { clients, access, marker } = context;
  const { clientId } = before;
  if (!isMarked(before, marker)) {
    // First, so that the next run finds it should this one be killed.
    await clients.update(access, clientId, { description: `${before.description} ${marker.adopted}`.trim() });
    await record(context, 'oauth-client.adopt', { clientId });
  }
  const ours = isMade(before, marker);
  await allowSecrets(context, before);
  const { secret, hint } = await freshSecret(context, before, ours);
  const credentials = withSecret(clientId, secret);
  await keepOr(context, credentials, () => clients.removeSecret(access, clientId, hint));
  await record(context, 'oauth-client.secret.create', { clientId, hint });
  // Old secrets of a client that the portal created were never stored; those of an adopted one may be in use elsewhere.
  if (ours) {
    await removeSecrets(context, clientId, before.secrets);
    if (before.publicKeys.length > 0) await removeKeys(context, clientId);
  }
  return { how: 'adopted', credentials, drift };
}

/** A tenant keeps at most five secrets of a client; on a client that the portal created the oldest is deleted. */
async function freshSecret({ clients, access }: ClientContext, client: OAuthClient, ours: boolean) {
  const { clientId, secrets } = client;
  try {
    return await clients.createSecret(access, clientId);
  } catch (error) {
    const [oldest] = secrets.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
    if (!hasCode(error, 'qlik_conflict') || !ours || oldest === undefined) throw error;
    await clients.removeSecret(access, clientId, oldest.hint);
    return await clients.createSecret(access, clientId);
  }
}

function withSecret(clientId: string, secret: Secret): OAuthClientCredentials {
  return { clientId, authentication: { method: 'client_secret', secret } };
}
