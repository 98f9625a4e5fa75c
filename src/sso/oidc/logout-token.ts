import { jwtVerify, type JWTPayload } from 'jose';
import type { Clock } from '../../runtime/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import type { IdentityProvider, SsoLogout } from '../../domain/model/identity-provider.ts';
import { CLOCK_TOLERANCE_S, type Connected } from './connection.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_AGE_S = 10 * 60;
const MAX_LENGTH = 16_384;
// Providers older than the final specification send no type. A token of any other type has another purpose.
const TYPES = new Set(['logout+jwt', 'application/logout+jwt', 'jwt', undefined]);

interface Verification {
  readonly provider: IdentityProvider;
  readonly connected: Connected;
  readonly clock: Clock;
}

/**
 * Verifies a logout token: OpenID Connect Back-Channel Logout 1.0 section 2.6. That section leaves it open to remember
 * each `jti`, which replicas would have to share: a replayed token ends no further session, because it ends only those
 * that began before it (`issuedAt`).
 * @throws PortalError invalid_request, sso_unavailable
 */
export async function verifyLogoutToken(token: string, verification: Verification): Promise<SsoLogout> {
  const { provider, connected } = verification;
  if (token.length > MAX_LENGTH) throw refused('too long');
  const payload = await verifySignature(token, verification);
  const events: unknown = payload['events'];
  if (!isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(events[EVENT])) {
    throw refused('events: no logout event');
  }
  // So that an ID token is never accepted as a logout token.
  if ('nonce' in payload) throw refused('has a nonce');
  const { sub: subject, sid, iat = 0 } = payload;
  if (sid !== undefined && typeof sid !== 'string') throw refused('sid is not a string');
  if (subject === undefined && sid === undefined) throw refused('names neither sub nor sid');
  return { providerId: provider.id, issuer: connected.issuer, subject, sid, issuedAt: iat * 1000 };
}

async function verifySignature(
  token: string,
  { provider, connected, clock }: Verification,
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, connected.keys, {
      issuer: connected.issuer,
      audience: provider.clientId,
      algorithms: [...connected.signatures],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: MAX_AGE_S,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(clock.now()),
    });
    if (!TYPES.has(protectedHeader.typ?.toLowerCase())) throw refused('typ is not logout+jwt');
    return payload;
  } catch (error) {
    throw verificationError(error);
  }
}

function verificationError(error: unknown): PortalError {
  if (error instanceof PortalError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  // The keys could not be fetched: the token may be valid.
  const noKeys = !code.startsWith('ERR_J') || code === 'ERR_JWKS_TIMEOUT' || code === 'ERR_JOSE_GENERIC';
  if (noKeys)
    return new PortalError('sso_unavailable', { cause: new Error(`signature keys: ${code || 'no answer'}`) });
  return refused(code);
}

function refused(why: string): PortalError {
  return new PortalError('invalid_request', { detail: `logout_token: ${why}` });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
