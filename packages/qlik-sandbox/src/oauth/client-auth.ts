import { importJWK, jwtVerify, decodeProtectedHeader } from 'jose';
import { SandboxError } from '../errors.ts';
import { type RegisteredKey, type SandboxClient, secretMatches } from '../state/clients.ts';
import type { TenantState } from '../tenant-state.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const MAX_ASSERTION_SECONDS = 300;

export interface ClientCredentials {
  client_id?: string | undefined;
  client_secret?: string | undefined;
  client_assertion_type?: string | undefined;
  client_assertion?: string | undefined;
}

/**
 * The client a token request speaks for, proven by a live secret or by a signed assertion (RFC 7523 section 3).
 * One 401 for every way of failing, so that nothing tells a known client from an unknown one.
 */
export async function authenticateClient(
  state: TenantState,
  credentials: ClientCredentials,
): Promise<SandboxClient> {
  const { client_secret: secret, client_assertion: assertion } = credentials;
  if ((secret === undefined) === (assertion === undefined)) {
    throw new SandboxError(400, 'Exactly one of client_secret and client_assertion is needed.');
  }
  const client = secret === undefined ? await byAssertion(state, credentials) : bySecret(state, credentials);
  if (!client) throw new SandboxError(401, 'The client credentials are not valid.');
  return client;
}

/** The client a request claims to be: the assertion's `iss` stands in for a missing `client_id`. Proves nothing. */
export function claimedClientId({
  client_id: id,
  client_assertion: assertion,
}: ClientCredentials): string | undefined {
  return id ?? (assertion === undefined ? undefined : issuerOf(assertion));
}

function bySecret(state: TenantState, credentials: ClientCredentials): SandboxClient | undefined {
  const client = state.clients.byId(credentials.client_id ?? '');
  if (!client?.allowedAuthMethods.includes('client_secret')) return undefined;
  return secretMatches(client, credentials.client_secret ?? '') ? client : undefined;
}

async function byAssertion(
  state: TenantState,
  credentials: ClientCredentials,
): Promise<SandboxClient | undefined> {
  const { client_assertion: assertion = '', client_assertion_type: type } = credentials;
  if (type !== ASSERTION_TYPE) throw new SandboxError(400, 'client_assertion_type: unknown');
  const client = state.clients.byId(claimedClientId(credentials) ?? '');
  if (!client?.allowedAuthMethods.includes('private_key_jwt')) return undefined;
  const key = client.publicKeys.find(({ kid }) => kid === keyIdOf(assertion));
  return key && (await assertionHolds({ state, client, key, assertion })) ? client : undefined;
}

interface Assertion {
  state: TenantState;
  client: SandboxClient;
  key: RegisteredKey;
  assertion: string;
}

async function assertionHolds({ state, client, key, assertion }: Assertion): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(assertion, await importJWK(key, key.alg), {
      algorithms: [key.alg],
      issuer: client.clientId,
      subject: client.clientId,
      audience: `${state.host}/oauth/token`,
      requiredClaims: ['exp', 'iat', 'jti'],
      maxTokenAge: MAX_ASSERTION_SECONDS,
      currentDate: new Date(state.now()),
    });
    const { exp = 0, jti = '' } = payload;
    const tooLong = exp * 1000 - state.now() > MAX_ASSERTION_SECONDS * 1000;
    return !tooLong && jti !== '' && state.assertions.use({ clientId: client.clientId, jti, exp });
  } catch {
    return false;
  }
}

function keyIdOf(assertion: string): string | undefined {
  try {
    return decodeProtectedHeader(assertion).kid;
  } catch {
    return undefined;
  }
}

function issuerOf(assertion: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    const issuer = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}
