import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../runtime/clock.ts';
import { PortalError } from '../domain/errors.ts';
import type { QlikOAuth } from '../domain/ports/qlik/qlik-oauth.ts';
import { Secret } from '../domain/model/secret.ts';
import { tokenExpiry } from '../domain/rules/token-expiry.ts';
import type { OAuthClientCredentials } from '../domain/model/tenant.ts';
import type { AccessToken } from '../domain/model/token.ts';
import { badResponse, expectStatus, readAnswer } from './answer.ts';
import { clientAuthentication } from './client-authentication.ts';
import type { QlikHttp, QlikResponse } from './http.ts';
import { tokenRefusal } from './token-refusal.ts';

const IMPERSONATION_GRANT = 'urn:qlik:oauth:user-impersonation';

interface OAuthRequest {
  readonly host: string;
  readonly client: OAuthClientCredentials;
  readonly path: '/oauth/token' | '/oauth/revoke';
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The OAuth endpoints of the tenants; see {@link QlikOAuth} for the errors.
 * @see https://qlik.dev/authenticate/oauth/
 */
export function createQlikOAuth({ http, clock }: { http: QlikHttp; clock: Clock }): QlikOAuth {
  async function send({ host, client, path, fields }: OAuthRequest): Promise<QlikResponse> {
    const authentication = await clientAuthentication(client, { host, now: clock.now() });
    return http.send({ host, method: 'POST', path, body: { ...authentication, ...fields } });
  }

  return {
    async impersonate({ host, client, user, scopes }) {
      // Without a user this grant would return the client's own token, which may do far more.
      if (user.value.trim() === '') throw new PortalError('qlik_user_not_linked');
      const user_lookup = { field: user.field, value: user.value };
      const fields = { grant_type: IMPERSONATION_GRANT, scope: scopeOf(scopes), user_lookup };
      return processTokenResponse(await send({ host, client, path: '/oauth/token', fields }), { scopes });
    },

    // RFC 6749 section 4.4.
    async clientCredentials({ host, client, scopes }) {
      const fields = { grant_type: 'client_credentials', scope: scopeOf(scopes) };
      return processTokenResponse(await send({ host, client, path: '/oauth/token', fields }), { scopes });
    },

    async revoke({ host, client, token }) {
      const fields = { token: token.value.reveal(), token_type_hint: 'access_token' };
      const response = await send({ host, client, path: '/oauth/revoke', fields });
      // RFC 7009 section 2.2: 200 also for a token that is not valid any more.
      expectStatus(response, 200, 204);
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
  // RFC 6749 section 5.1: may be omitted where it equals the requested scope.
  scope: z.string().optional(),
  expires_in: z.number().positive().optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

/**
 * Judges the answer to `POST /oauth/token` (RFC 6749 section 5).
 * @throws PortalError qlik_bad_response, and those of {@link tokenRefusal}
 */
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
