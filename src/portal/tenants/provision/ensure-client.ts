import { hasCode, PortalError } from '../../../domain/errors.ts';
import type { OAuthClient, OAuthClientSettings } from '../../../domain/model/oauth-client.ts';
import type { QlikClients } from '../../../domain/ports/qlik/qlik-clients.ts';
import type { TenantAccess } from '../../../domain/model/tenant-access.ts';
import type { Secret } from '../../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { pages } from '../../../runtime/pages.ts';
import { record } from '../../audit.ts';
import {
  allowSecrets,
  removeKeys,
  removeSecrets,
  unlessGone,
  type Administering,
} from '../client-secrets.ts';
import { isMade, isMarked, type ClientMarker } from './client-settings.ts';

export interface Settling extends Administering {
  readonly settings: OAuthClientSettings;
  readonly marker: ClientMarker;
  /** What the portal had in its own store when this run began. */
  readonly stored: OAuthClientCredentials | null;
  readonly storedNow: () => Promise<OAuthClientCredentials | null>;
  /** A client to take over instead of making one. */
  readonly adopt: string | undefined;
  /** Stores credentials; called at once when a secret was told. Codes: conflict where another run has. */
  readonly keep: (credentials: OAuthClientCredentials) => Promise<void>;
  readonly warn: (warning: string) => void;
}

export interface SettledClient {
  readonly how: 'found' | 'created' | 'adopted';
  readonly credentials: OAuthClientCredentials;
  /** As the tenant showed it before this run; undefined where this run made it. */
  readonly before: OAuthClient | undefined;
}

/**
 * Sees to it that the tenant has the portal's client and the store its secret, from whatever point an earlier run
 * stopped at: nothing made, made but its secret never stored, or all there.
 * Codes: those of QlikClients; qlik_not_found for an unknown `adopt`, qlik_conflict when that has five secrets.
 */
export async function settleClient(settling: Settling): Promise<SettledClient> {
  const { clients, access, stored, adopt } = settling;
  if (stored !== null && (adopt === undefined || adopt === stored.clientId)) {
    const before = await getIfThere(clients, access, stored.clientId);
    if (before !== undefined) return { how: 'found', credentials: stored, before };
  }
  if (adopt !== undefined) return takeOver(settling, await clients.get(access, adopt));
  const [halfMade] = await markedClients(settling);
  return halfMade === undefined ? createClient(settling) : takeOver(settling, halfMade);
}

/** Clients this portal made or took over for this tenant and role, oldest first. */
export async function markedClients({
  clients,
  access,
  marker,
}: Pick<Settling, 'clients' | 'access' | 'marker'>): Promise<OAuthClient[]> {
  const marked: OAuthClient[] = [];
  for await (const page of pages((cursor) => clients.page(access, cursor)))
    marked.push(...page.filter((client) => isMarked(client, marker)));
  return marked.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Another run that was faster has its client in the store: what this one made goes again, so that one is left. */
async function keepOr(
  { keep }: Settling,
  credentials: OAuthClientCredentials,
  undo: () => Promise<void>,
): Promise<void> {
  try {
    await keep(credentials);
  } catch (error) {
    if (hasCode(error, 'conflict')) await unlessGone(undo());
    throw error;
  }
}

/** Unless the faster run has taken it for half-made, and finished it. */
async function removeUnused({ clients, access, storedNow }: Settling, clientId: string): Promise<void> {
  if ((await storedNow())?.clientId !== clientId) await clients.remove(access, clientId);
}

async function createClient(settling: Settling): Promise<SettledClient> {
  const { clientId, secret } = await createWithFallback(settling);
  const credentials = withSecret(clientId, secret);
  // Before anything else can fail: the tenant will never tell this secret again.
  await keepOr(settling, credentials, () => removeUnused(settling, clientId));
  await record(settling, 'oauth-client.create', { clientId });
  return { how: 'created', credentials, before: undefined };
}

/** Some tenants know `allowedOrigins` for single-page apps only. A refused create has made nothing, so it may be sent again. */
async function createWithFallback({ clients, access, settings, warn }: Settling) {
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
  'The tenant refuses allowedOrigins for this client: add the portal to them in the administration of the tenant, ' +
  'or the embed stays blank.';

async function takeOver(settling: Settling, before: OAuthClient): Promise<SettledClient> {
  const { clients, access, marker } = settling;
  if (before.appType !== 'web') {
    throw new PortalError('conflict', {
      detail: `client ${before.clientId} is of type ${before.appType}, not web`,
    });
  }
  if (!isMarked(before, marker)) {
    // First of all, so that a run that is killed later finds it without being told again.
    await clients.update(access, before.clientId, {
      description: `${before.description} ${marker.adopted}`.trim(),
    });
    await record(settling, 'oauth-client.adopt', { clientId: before.clientId });
  }
  const ours = isMade(before, marker);
  await allowSecrets(settling, before);
  const { secret, hint } = await freshSecret(settling, before, ours);
  const credentials = withSecret(before.clientId, secret);
  await keepOr(settling, credentials, () => clients.removeSecret(access, before.clientId, hint));
  await record(settling, 'oauth-client.secret.create', { clientId: before.clientId, hint });
  // What opens a half-made client nobody was ever told; what opens a foreign one may be in use elsewhere.
  if (ours) {
    await removeSecrets(settling, before.clientId, before.secrets);
    if (before.publicKeys.length > 0) await removeKeys(settling, before.clientId);
  }
  return { how: 'adopted', credentials, before };
}

/** A tenant keeps five secrets of a client at most; on the portal's own client the oldest gives way. */
async function freshSecret({ clients, access }: Settling, client: OAuthClient, ours: boolean) {
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

export async function getIfThere(clients: QlikClients, access: TenantAccess, clientId: string) {
  try {
    return await clients.get(access, clientId);
  } catch (error) {
    if (hasCode(error, 'qlik_not_found')) return undefined;
    throw error;
  }
}

function withSecret(clientId: string, secret: Secret): OAuthClientCredentials {
  return { clientId, authentication: { method: 'client_secret', secret } };
}
