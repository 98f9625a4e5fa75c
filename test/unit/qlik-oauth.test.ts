import { generateKeyPairSync, createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/domain/model/secret.ts';
import type { TokenRequest } from '../../src/domain/model/token.ts';
import type { QlikHttp, QlikRequest, QlikResponse } from '../../src/qlik/http.ts';
import { createQlikOAuth, processTokenResponse } from '../../src/qlik/oauth.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const host = 'https://acme.eu.qlikcloud.com';
const scopes = ['user_default'];

function response(status: number, json: unknown, more: Partial<QlikResponse> = {}): QlikResponse {
  return {
    endpoint: 'POST /oauth/token',
    status,
    json,
    sentAt: NOW,
    clockSkewMs: 0,
    header: () => undefined,
    ...more,
  };
}

const judge = (json: unknown, more: Partial<QlikResponse> = {}) =>
  processTokenResponse(response(200, json, more), { scopes });
const bearer = { access_token: 'token-value', token_type: 'bearer', scope: 'user_default' };

describe('the expiry of a token', () => {
  it.each([
    ['expires_in alone', { expires_in: 3600 }, 0],
    ['expires_at alone', { expires_at: '2026-03-01T13:00:00.000Z' }, 0],
    ['both', { expires_in: 3600, expires_at: '2026-03-01T13:00:00.000Z' }, 0],
    ['both, and the earlier counts', { expires_in: 7200, expires_at: '2026-03-01T13:00:00Z' }, 0],
    ['expires_at by a clock that is an hour ahead', { expires_at: '2026-03-01T14:00:00Z' }, 3_600_000],
    ['expires_at by a clock that is an hour behind', { expires_at: '2026-03-01T12:00:00Z' }, -3_600_000],
    ['expires_in whatever the clock says', { expires_in: 3600 }, 86_400_000],
  ])('%s', (_what, expiry, clockSkewMs) => {
    expect(judge({ ...bearer, ...expiry }, { clockSkewMs })).toMatchObject({
      issuedAt: NOW,
      expiresAt: NOW + 3_600_000,
    });
  });

  it('is counted from when the request was sent, not from when the response arrived', () => {
    expect(judge({ ...bearer, expires_in: 10 }).issuedAt).toBe(NOW);
  });
});

describe('a token response that is malformed', () => {
  it.each([
    ['access_token', { ...bearer, access_token: undefined, expires_in: 1 }],
    ['access_token', { ...bearer, access_token: '', expires_in: 1 }],
    ['token_type', { ...bearer, token_type: 'mac', expires_in: 1 }],
    ['expires_in', bearer],
    ['expires_in', { ...bearer, expires_in: '3600' }],
    ['expires_in', { ...bearer, expires_in: -1 }],
    ['expires_at', { ...bearer, expires_at: 'tomorrow' }],
    ['expires_at', { ...bearer, expires_at: '2026-03-01T11:00:00Z' }],
  ])('names %s', (field, json) => {
    const judged = () => judge(json);
    expect(judged).toThrow(expect.objectContaining({ code: 'qlik_bad_response' }));
    expect(judged).toThrow(`"${field}"`);
    expect(judged).not.toThrow(/token-value/);
  });
});

describe('a refused token request', () => {
  it.each([
    [401, 'The client credentials are not valid.', 'qlik_client_rejected'],
    [400, 'The consent method of the client is not trusted.', 'qlik_client_rejected'],
    [400, 'grant_type: not allowed for this client', 'qlik_client_rejected'],
    [400, 'scope: not allowed for this client', 'qlik_client_rejected'],
    [400, 'user_lookup: no such user', 'qlik_user_disabled'],
    [400, 'something else', 'qlik_bad_request'],
    [403, 'The user is disabled', 'qlik_user_disabled'],
    [403, 'The user has reached the maximum number of tokens', 'qlik_token_limit'],
    [403, 'The user is disabled or has reached the maximum number of tokens.', 'qlik_user_disabled'],
    [403, 'Client consent is required', 'qlik_client_rejected'],
    [403, undefined, 'qlik_user_disabled'],
    [429, 'API rate limit reached.', 'qlik_rate_limited'],
    [500, 'Internal server error', 'qlik_unavailable'],
  ])('%i "%s" is %s', (status, detail, code) => {
    const json = { errors: [{ code: `HTTP-${status}`, title: 'Refused', detail }] };
    expect(() => processTokenResponse(response(status, json), { scopes })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('is understood also in the format of RFC 6749', () => {
    const json = { error: 'unauthorized_client', error_description: 'not yours' };
    expect(() => processTokenResponse(response(400, json), { scopes })).toThrow(
      expect.objectContaining({ code: 'qlik_client_rejected' }),
    );
  });
});

describe('a token request', () => {
  const sent: QlikRequest[] = [];
  const http: QlikHttp = {
    send(request) {
      sent.push(request);
      return Promise.resolve(response(200, { ...bearer, expires_in: 60 }));
    },
    close: () => Promise.resolve(),
  };
  const oauth = createQlikOAuth({ http, clock: { now: () => NOW } });
  const request: TokenRequest = {
    tenantId: 'acme',
    host,
    scopes,
    client: {
      clientId: 'client-1',
      authentication: { method: 'client_secret', secret: new Secret('s3cret') },
    },
    user: { field: 'userId', value: '6422bad8022070c06d2417bc' },
  };

  it('has the documented body, field for field [RFC 10017 7.2]', async () => {
    await oauth.impersonate(request);
    expect(sent.at(-1)).toEqual({
      host,
      method: 'POST',
      path: '/oauth/token',
      body: {
        client_id: 'client-1',
        client_secret: 's3cret',
        grant_type: 'urn:qlik:oauth:user-impersonation',
        scope: 'user_default',
        user_lookup: { field: 'userId', value: '6422bad8022070c06d2417bc' },
      },
    });
  });

  it.each(['', ' ', '\t\n'])(
    'is nothing for an empty user %j, or the token would be the client’s own',
    async (value) => {
      const before = sent.length;
      await expect(oauth.impersonate({ ...request, user: { field: 'userId', value } })).rejects.toMatchObject(
        {
          code: 'qlik_user_not_linked',
        },
      );
      expect(sent.length).toBe(before);
    },
  );

  it('without a scope is refused before it is sent', async () => {
    await expect(oauth.impersonate({ ...request, scopes: [] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it.each(['ES384', 'RS256', 'RS512'] as const)(
    'is an assertion of RFC 7523 signed with %s',
    async (algorithm) => {
      const { privateKey } =
        algorithm === 'ES384'
          ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
          : generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const authentication = {
        method: 'private_key_jwt',
        keyId: 'key-1',
        algorithm,
        privateKey: new Secret(pem),
      } as const;
      const client = { clientId: 'client-1', authentication };
      const assertions = [];
      for (let i = 0; i < 2; i++) {
        await oauth.impersonate({ ...request, client });
        const body = z.record(z.string(), z.unknown()).parse(sent.at(-1)?.body);
        expect(body).not.toHaveProperty('client_secret');
        expect(body['client_assertion_type']).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
        assertions.push(
          await jwtVerify(String(body['client_assertion']), createPublicKey(pem), {
            issuer: 'client-1',
            subject: 'client-1',
            audience: `${host}/oauth/token`,
            currentDate: new Date(NOW),
            maxTokenAge: '5 minutes',
          }),
        );
      }
      const [first, second] = assertions;
      expect(first?.protectedHeader).toMatchObject({ alg: algorithm, kid: 'key-1' });
      expect(first?.payload.jti).not.toBe(second?.payload.jti);
      expect((first?.payload.exp ?? Infinity) - (first?.payload.iat ?? 0)).toBeLessThanOrEqual(300);
    },
  );

  it('returns a token whose secret does not print', async () => {
    const token = await oauth.impersonate(request);
    expect(JSON.stringify([token, request])).not.toMatch(/token-value|s3cret/);
  });
});
