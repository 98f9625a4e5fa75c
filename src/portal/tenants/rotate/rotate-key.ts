import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { PortalError } from '../../../domain/errors.ts';
import type { OAuthClient, PublicJwk } from '../../../domain/model/oauth-client.ts';
import { Secret } from '../../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { record } from '../../audit.ts';
import type { KeyAlgorithm, Replacement, Rotating } from './rotate-credentials.ts';
import { removeSecrets } from '../client-secrets.ts';
import { keysThatStay, secretsToRetire } from './rotate-secret.ts';

/** RSA keys of a client have at least 2048 bits; 3072 match the strength of what else protects them. */
const RSA_BITS = 3072;

/** A key pair instead of a secret (RFC 7523): the private half never leaves the portal. */
export async function introduceKey(
  rotating: Rotating,
  client: OAuthClient,
  algorithm: KeyAlgorithm,
): Promise<Replacement> {
  const { clients, access } = rotating;
  const { clientId, publicKeys, allowedAuthMethods } = client;
  refuseForeignSecrets(rotating, client);
  const { jwk, privateKey } = await makeKey(algorithm);
  const before: readonly string[] = allowedAuthMethods.length === 0 ? ['client_secret'] : allowedAuthMethods;
  await clients.update(access, clientId, {
    publicKeys: [...publicKeys, jwk],
    allowedAuthMethods: [...new Set([...before, 'private_key_jwt'])],
  });
  await record(rotating, 'oauth-client.key.create', { clientId, keyId: jwk.kid });
  const credentials: OAuthClientCredentials = {
    clientId,
    authentication: { method: 'private_key_jwt', keyId: jwk.kid, algorithm, privateKey },
  };
  return {
    credentials,
    withdraw: async () => {
      await clients.update(access, clientId, { publicKeys, allowedAuthMethods: before });
      await record(rotating, 'oauth-client.key.remove', { clientId, keyId: jwk.kid });
    },
    retire: async () => {
      const now = await clients.get(access, clientId);
      const others = keysThatStay(
        rotating,
        now.publicKeys.filter(({ kid }) => kid !== jwk.kid),
      );
      await clients.update(access, clientId, {
        publicKeys: [...others, jwk],
        allowedAuthMethods: ['private_key_jwt'],
      });
      await record(rotating, 'oauth-client.update', { clientId, fields: 'allowedAuthMethods publicKeys' });
      await removeSecrets(rotating, clientId, secretsToRetire(rotating, now.secrets));
    },
  };
}

/** Once the client takes keys only, every other holder of a secret is locked out: only on an explicit word. */
function refuseForeignSecrets({ old, prune }: Rotating, { clientId, secrets }: OAuthClient): void {
  const foreign = secrets.length - secretsToRetire({ old, prune }, secrets).length;
  if (foreign === 0) return;
  throw new PortalError('conflict', {
    detail: `client ${clientId} has ${foreign} secrets that the portal does not use; --prune removes them`,
  });
}

async function makeKey(algorithm: KeyAlgorithm): Promise<{ jwk: PublicJwk; privateKey: Secret }> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: RSA_BITS });
  const { kty, n = '', e = '', crv = '', x = '', y = '' } = await exportJWK(pair.publicKey);
  const common = { kid: await calculateJwkThumbprint(pair.publicKey), alg: algorithm, use: 'sig' } as const;
  const jwk: PublicJwk =
    kty === 'RSA' ? { ...common, kty: 'RSA', n, e } : { ...common, kty: 'EC', crv, x, y };
  return { jwk, privateKey: new Secret(await exportPKCS8(pair.privateKey)) };
}
