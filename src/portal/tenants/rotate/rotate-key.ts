import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import type { OAuthClient, PublicJwk } from '../../../domain/model/oauth-client.ts';
import { Secret } from '../../../domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import { record } from '../../audit.ts';
import { removeSecrets } from '../client-secrets.ts';
import { keysToKeep, secretsToRetire } from './retirement.ts';
import type { KeyAlgorithm, Replacement, RotationContext } from './rotation.ts';

/** A tenant accepts RSA keys from 2048 bits; 3072 bits are a security strength of 128 bits (NIST SP 800-57). */
const RSA_BITS = 3072;

/** A key pair instead of a secret (RFC 7523): the private half never leaves the portal. */
export async function introduceKey(
  rotation: RotationContext,
  client: OAuthClient,
  algorithm: KeyAlgorithm,
): Promise<Replacement> {
  const { clients, access } = rotation;
  const { clientId, publicKeys, allowedAuthMethods } = client;
  const { jwk, privateKey } = await generateKey(algorithm);
  const before: readonly string[] = allowedAuthMethods.length === 0 ? ['client_secret'] : allowedAuthMethods;
  await clients.update(access, clientId, {
    publicKeys: [...publicKeys, jwk],
    allowedAuthMethods: [...new Set([...before, 'private_key_jwt'])],
  });
  await record(rotation, 'oauth-client.key.create', { clientId, keyId: jwk.kid });
  const credentials: OAuthClientCredentials = {
    clientId,
    authentication: { method: 'private_key_jwt', keyId: jwk.kid, algorithm, privateKey },
  };
  return {
    credentials,
    withdraw: async () => {
      await clients.update(access, clientId, { publicKeys, allowedAuthMethods: before });
      await record(rotation, 'oauth-client.key.remove', { clientId, keyId: jwk.kid });
    },
    retire: async () => {
      const now = await clients.get(access, clientId);
      const others = keysToKeep(
        rotation,
        now.publicKeys.filter(({ kid }) => kid !== jwk.kid),
      );
      await clients.update(access, clientId, {
        publicKeys: [...others, jwk],
        allowedAuthMethods: ['private_key_jwt'],
      });
      await record(rotation, 'oauth-client.update', { clientId, fields: 'allowedAuthMethods publicKeys' });
      await removeSecrets(rotation, clientId, secretsToRetire(rotation, now.secrets));
    },
  };
}

async function generateKey(algorithm: KeyAlgorithm): Promise<{ jwk: PublicJwk; privateKey: Secret }> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: RSA_BITS });
  const { kty, n = '', e = '', crv = '', x = '', y = '' } = await exportJWK(pair.publicKey);
  const common = { kid: await calculateJwkThumbprint(pair.publicKey), alg: algorithm, use: 'sig' } as const;
  const jwk: PublicJwk =
    kty === 'RSA' ? { ...common, kty: 'RSA', n, e } : { ...common, kty: 'EC', crv, x, y };
  return { jwk, privateKey: new Secret(await exportPKCS8(pair.privateKey)) };
}
