import { jwtVerify, type JWTPayload } from 'jose';
import type { Clock } from '../../runtime/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import type { IdentityProvider, SsoLogout } from '../../domain/model/identity-provider.ts';
import { CLOCK_TOLERANCE_S, type Connected } from './connection.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const OLDEST_S = 10 * 60;
const LARGEST = 16_384;
// Providers older than the final specification send an untyped token. Any other type is a token for something else.
const TYPES = new Set(['logout+jwt', 'application/logout+jwt', 'jwt', undefined]);

/**
 * OpenID Connect Back-Channel Logout 1.0 section 2.6.
 *
 * No memory of `jti`s, which that section leaves open and which replicas would have to share: a token that comes
 * twice ends nothing more than it did, because it reaches only sessions older than itself (`issuedAt`).
 * @throws PortalError invalid_request, sso_unavailable
 */
export async function verifyLogoutToken(
  token: string,
  { provider, connected, clock }: { provider: IdentityProvider; connected: Connected; clock: Clock },
): Promise<SsoLogout> {
  if (token.length > LARGEST) throw refused('too long');
  const payload = await verified(token, { provider, connected, clock });
  const events: unknown = payload['events'];
  if (!isObject(events) || !Object.hasOwn(events, EVENT) || !isObject(events[EVENT])) {
    throw refused('not the event of a logout');
  }
  // So that an ID token can never pass for one.
  if ('nonce' in payload) throw refused('has a nonce');
  const { sub: subject, sid, iat = 0 } = payload;
  if (sid !== undefined && typeof sid !== 'string') throw refused('sid is no text');
  if (subject === undefined && sid === undefined) throw refused('names neither sub nor sid');
  return { providerId: provider.id, issuer: connected.issuer, subject, sid, issuedAt: iat * 1000 };
}

async function verified(
  token: string,
  { provider, connected, clock }: { provider: IdentityProvider; connected: Connected; clock: Clock },
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, connected.keys, {
      issuer: connected.issuer,
      audience: provider.clientId,
      algorithms: [...connected.signatures],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: OLDEST_S,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(clock.now()),
    });
    if (!TYPES.has(protectedHeader.typ?.toLowerCase())) throw refused('is of another type');
    return payload;
  } catch (error) {
    throw judged(error);
  }
}

function judged(error: unknown): PortalError {
  if (error instanceof PortalError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  // The keys could not be fetched: the token may be a good one.
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
