import { hasCode, PortalError } from '../../../domain/errors.ts';
import type { ClientSecretRecord, OAuthClient, RegisteredKey } from '../../../domain/model/oauth-client.ts';
import type { Secret } from '../../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { record } from '../../audit.ts';
import { allowSecrets, removeKeys, removeSecrets, unlessGone } from '../client-secrets.ts';
import type { Replacement, Rotating } from './rotate-credentials.ts';

/** A second secret beside the first: the tenant takes both until the first is removed. */
export async function introduceSecret(rotating: Rotating, client: OAuthClient): Promise<Replacement> {
  const { clients, access } = rotating;
  const { clientId } = client;
  const { secret, hint } = await secondSecret(rotating, client);
  await record(rotating, 'oauth-client.secret.create', { clientId, hint });
  const credentials: OAuthClientCredentials = {
    clientId,
    authentication: { method: 'client_secret', secret },
  };
  return {
    credentials,
    withdraw: async () => {
      await unlessGone(clients.removeSecret(access, clientId, hint));
      await record(rotating, 'oauth-client.secret.remove', { clientId, hint });
    },
    retire: async () => {
      const now = await clients.get(access, clientId);
      const others = now.secrets.filter((other) => other.hint !== hint);
      await removeSecrets(rotating, clientId, secretsToRetire(rotating, others));
      const keys = keysThatStay(rotating, now.publicKeys);
      if (keys.length === now.publicKeys.length) return;
      if (keys.length === 0) await removeKeys(rotating, clientId);
      else await clients.update(access, clientId, { publicKeys: keys });
    },
  };
}

/** Those of the client's secrets that the portal itself holds; of the others it cannot know who uses them. */
export function ownSecrets(
  { authentication }: OAuthClientCredentials,
  secrets: readonly ClientSecretRecord[],
): readonly ClientSecretRecord[] {
  if (authentication.method !== 'client_secret') return [];
  // What a hint is made of is not documented: the field shows the last characters.
  const plain = authentication.secret.reveal();
  return secrets.filter(({ hint }) => plain.endsWith(hint) || plain.startsWith(hint));
}

/** Keys that are not the portal's own old one: of those, as of secrets, it cannot know who uses them. */
export function keysThatStay(
  { old, prune }: Pick<Rotating, 'old' | 'prune'>,
  keys: readonly RegisteredKey[],
): readonly RegisteredKey[] {
  const { authentication } = old;
  if (prune) return [];
  return keys.filter(
    ({ kid }) => authentication.method !== 'private_key_jwt' || kid !== authentication.keyId,
  );
}

export function secretsToRetire(
  { old, prune }: Pick<Rotating, 'old' | 'prune'>,
  others: readonly ClientSecretRecord[],
): readonly ClientSecretRecord[] {
  return prune ? others : ownSecrets(old, others);
}

/** Where there is no room for a sixth secret, one that the portal does not use gives way, if ops said so. */
async function secondSecret(
  rotating: Rotating,
  client: OAuthClient,
): Promise<{ secret: Secret; hint: string }> {
  const { clients, access, old, prune } = rotating;
  await allowSecrets(rotating, client);
  try {
    return await clients.createSecret(access, client.clientId);
  } catch (error) {
    if (!hasCode(error, 'qlik_conflict')) throw error;
    const own = new Set(ownSecrets(old, client.secrets));
    const [unused] = client.secrets
      .filter((secret) => !own.has(secret))
      .toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
    if (!prune || unused === undefined) throw tooManySecrets(client, error);
    await removeSecrets(rotating, client.clientId, [unused]);
    return clients.createSecret(access, client.clientId);
  }
}

function tooManySecrets({ clientId }: OAuthClient, cause: unknown): PortalError {
  const detail = `client ${clientId} has as many secrets as a tenant keeps; --prune removes those the portal does not use`;
  return new PortalError('qlik_conflict', { detail, cause });
}
