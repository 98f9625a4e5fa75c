import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../runtime/clock.ts';
import { PortalError } from '../domain/errors.ts';
import type { QlikOAuth } from '../domain/ports/qlik/qlik-oauth.ts';
import { Secret } from '../domain/model/secret.ts';
import { tokenExpiry } from '../domain/rules/token-expiry.ts';
import type { AccessToken, TokenRequest } from '../domain/model/token.ts';
import { badResponse, expectStatus, readAnswer } from './answer.ts';
import { clientAuthentication } from './client-authentication.ts';
import type { QlikHttp, QlikResponse } from './http.ts';
import { tokenRefusal } from './token-refusal.ts';

const TOKEN_PATH = '/oauth/token';
const IMPERSONATION_GRANT = 'urn:qlik:oauth:user-impersonation';

type Revocation = Parameters<QlikOAuth['revoke']>[0];
type ClientCredentialsRequest = Parameters<QlikOAuth['clientCredentials']>[0];

/** The OAuth endpoints of the tenants; see {@link QlikOAuth} for the codes. */
export function createQlikOAuth({ http, clock }: { http: QlikHttp; clock: Clock }): QlikOAuth {
  async function clientCredentialsRequest({ host, client, scopes }: ClientCredentialsRequest) {
    const proof = await clientAuthentication(client, { host, now: clock.now() });
    const body = { ...proof, grant_type: 'client_credentials', scope: scopeOf(scopes) };
    return http.send({ host, method: 'POST', path: TOKEN_PATH, body });
  }

  async function impersonationRequest({ host, client, user, scopes }: TokenRequest) {
    // Without a user this grant would answer with the client's own, far mightier token.
    if (user.value.trim() === '') throw new PortalError('qlik_user_not_linked');
    const proof = await clientAuthentication(client, { host, now: clock.now() });
    const user_lookup = { field: user.field, value: user.value };
    const body = { ...proof, grant_type: IMPERSONATION_GRANT, scope: scopeOf(scopes), user_lookup };
    return http.send({ host, method: 'POST', path: TOKEN_PATH, body });
  }

  async function revocationRequest({ host, client, token }: Revocation) {
    const proof = await clientAuthentication(client, { host, now: clock.now() });
    const body = { ...proof, token: token.value.reveal(), token_type_hint: 'access_token' };
    return http.send({ host, method: 'POST', path: '/oauth/revoke', body });
  }

  return {
    async impersonate(request) {
      return processTokenResponse(await impersonationRequest(request), request);
    },
    async clientCredentials(request) {
      return processTokenResponse(await clientCredentialsRequest(request), request);
    },
    async revoke(request) {
      // RFC 7009 section 2.2: 200 also for a token that is gone already.
      expectStatus(await revocationRequest(request), 200, 204);
    },
  };
}

function scopeOf(scopes: readonly string[]): string {
  if (scopes.length === 0) throw new PortalError('invalid_request', { detail: 'scopes: at least one' });
  return scopes.join(' ');
}

const tokenSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  // RFC 6749 section 5.1: may be left out when it is what was asked for.
  scope: z.string().optional(),
  expires_in: z.number().positive().optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

/** Judges the answer of `POST /oauth/token`: pure, so that every answer can be tried without a network. */
export function processTokenResponse(
  response: QlikResponse,
  { scopes }: { scopes: readonly string[] },
): AccessToken {
  if (response.status !== 200) throw tokenRefusal(response);
  const token = readAnswer(response, { status: 200, schema: tokenSchema });
  return {
    tokenId: randomUUID(),
    value: new Secret(token.access_token),
    scope: token.scope ?? scopes.join(' '),
    issuedAt: response.sentAt,
    expiresAt: expiryOf(response, token),
  };
}

function expiryOf(
  { endpoint, sentAt, clockSkewMs }: QlikResponse,
  { expires_in, expires_at }: z.output<typeof tokenSchema>,
): number {
  if (expires_in === undefined && expires_at === undefined)
    throw badResponse(endpoint, 'fields "expires_in" and "expires_at" are both missing');
  const instant = expires_at === undefined ? undefined : Date.parse(expires_at);
  const expiresAt = tokenExpiry({ sentAt, expiresInS: expires_in, expiresAt: instant, clockSkewMs });
  if (expiresAt === undefined) throw badResponse(endpoint, 'field "expires_at" is in the past');
  return expiresAt;
}
