import { hasCode } from '../../../domain/errors.ts';
import type { OAuthClient } from '../../../domain/model/oauth-client.ts';
import type { Secret } from '../../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { record } from '../../audit.ts';
import { allowSecrets, removeKeys, removeSecrets, ignoreNotFound } from '../client-secrets.ts';
import { keysToKeep, ownSecrets, secretsToRetire, tooManySecrets } from './retirement.ts';
import type { Replacement, RotationContext } from './rotation.ts';

/** A second secret: the tenant accepts both until the first is removed. */
export async function introduceSecret(rotation: RotationContext, client: OAuthClient): Promise<Replacement> {
  const { clients, access } = rotation;
  const { clientId } = client;
  const { secret, hint } = await secondSecret(rotation, client);
  await record(rotation, 'oauth-client.secret.create', { clientId, hint });
  const credentials: OAuthClientCredentials = {
    clientId,
    authentication: { method: 'client_secret', secret },
  };
  return {
    credentials,
    withdraw: async () => {
      await ignoreNotFound(clients.removeSecret(access, clientId, hint));
      await record(rotation, 'oauth-client.secret.remove', { clientId, hint });
    },
    retire: async () => {
      const now = await clients.get(access, clientId);
      const others = now.secrets.filter((other) => other.hint !== hint);
      await removeSecrets(rotation, clientId, secretsToRetire(rotation, others));
      const keys = keysToKeep(rotation, now.publicKeys);
      if (keys.length === now.publicKeys.length) return;
      if (keys.length === 0) await removeKeys(rotation, clientId);
      else await clients.update(access, clientId, { publicKeys: keys });
    },
  };
}

/** At the limit of five secrets, `prune` allows to delete the oldest one that the portal does not use. */
async function secondSecret(
  rotation: RotationContext,
  client: OAuthClient,
): Promise<{ secret: Secret; hint: string }> {
  const { clients, access, old, prune } = rotation;
  await allowSecrets(rotation, client);
  try {
    return await clients.createSecret(access, client.clientId);
  } catch (error) {
    if (!hasCode(error, 'qlik_conflict')) throw error;
    const own = new Set(ownSecrets(old, client.secrets));
    const [unused] = client.secrets
      .filter((secret) => !own.has(secret))
      .toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
    if (!prune || unused === undefined) throw tooManySecrets(client, error);
    await removeSecrets(rotation, client.clientId, [unused]);
    return clients.createSecret(access, client.clientId);
  }
}
