import { randomUUID } from 'node:crypto';
import type { OAuthClientCredentials } from '../domain/model/tenant.ts';

// Tenants accept assertions of at most five minutes (RFC 7523 section 3); shorter leaves less to replay, and backdating
// tolerates a portal clock that is ahead.
const LIFETIME_S = 120;
const BACKDATED_S = 30;

/**
 * The fields of a token request that authenticate the client: `client_secret` (RFC 6749 section 2.3.1) or
 * `client_assertion` (RFC 7523 section 2.2, one use each).
 */
export async function clientAuthentication(
  client: OAuthClientCredentials,
  { host, now }: { host: string; now: number },
): Promise<Record<string, string>> {
  const { clientId, authentication } = client;
  if (authentication.method === 'client_secret') {
    return { client_id: clientId, client_secret: authentication.secret.reveal() };
  }
  const { algorithm, keyId, privateKey } = authentication;
  // Loaded with the first key: few tenants have one.
  const { importPKCS8, SignJWT } = await import('jose');
  const nowS = Math.floor(now / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: algorithm, kid: keyId, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`${host}/oauth/token`)
    .setJti(randomUUID())
    .setIssuedAt(nowS - BACKDATED_S)
    .setExpirationTime(nowS + LIFETIME_S)
    .sign(await importPKCS8(privateKey.reveal(), algorithm));
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}
