import { describe, expect, test } from 'vitest';
import type { RegionTenant } from '../src/region.ts';
import {
  analyst,
  call,
  impersonate,
  impersonationBody,
  impersonationClient,
  PORTAL_ORIGIN,
  testTenant,
} from './support.ts';

const ALLOW_ORIGIN = 'access-control-allow-origin';
const ALLOW_CREDENTIALS = 'access-control-allow-credentials';
const origin = { origin: PORTAL_ORIGIN };

async function signedIn(tenant: RegionTenant) {
  const client = await impersonationClient(tenant);
  const user = analyst(tenant);
  const token = (await impersonate(tenant, client, user.id)).body.access_token ?? '';
  return { client, user, token };
}

describe('a page of an allowed origin', () => {
  test('is let in: the origin is echoed, and caches told so', async () => {
    const tenant = await testTenant();
    const { token } = await signedIn(tenant);
    const { status, headers } = await call(tenant, 'GET', '/api/v1/users/me', { token, headers: origin });
    expect(status).toBe(200);
    expect(headers.get(ALLOW_ORIGIN)).toBe(PORTAL_ORIGIN);
    expect(headers.get('vary')).toBe('Origin');
    expect(headers.get(ALLOW_CREDENTIALS)).toBeNull();
  });

  test('may send what the embed runtime sends', async () => {
    const tenant = await testTenant();
    await signedIn(tenant);
    const preflight = await call(tenant, 'OPTIONS', '/api/v1/users/me', {
      headers: {
        ...origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,content-type,qlik-api-version',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get(ALLOW_ORIGIN)).toBe(PORTAL_ORIGIN);
    expect(preflight.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, qlik-api-version, user-agent',
    );
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
  });

  test('may send credentials to /oauth/token alone', async () => {
    const tenant = await testTenant();
    const { client, user } = await signedIn(tenant);
    const { headers } = await call(tenant, 'POST', '/oauth/token', {
      body: impersonationBody(client, user.id),
      headers: origin,
    });
    expect(headers.get(ALLOW_ORIGIN)).toBe(PORTAL_ORIGIN);
    expect(headers.get(ALLOW_CREDENTIALS)).toBe('true');
  });

  test('can read errors too: 400, 401, 404, 429 and 500', async () => {
    const tenant = await testTenant();
    const { token, client } = await signedIn(tenant);
    for (const status of [429, 500])
      tenant.state.faults.add({
        kind: 'status',
        status,
        times: 1,
        match: { path: `/api/v1/users/${status}` },
      });
    const answers = [
      await call(tenant, 'POST', '/oauth/token', { body: '{broken', headers: origin }),
      await call(tenant, 'POST', '/oauth/token', { body: { client_id: client.clientId }, headers: origin }),
      await call(tenant, 'GET', '/api/v1/users/me', { token: 'expired', headers: origin }),
      await call(tenant, 'GET', '/api/v1/nowhere', { token, headers: origin }),
      await call(tenant, 'GET', '/api/v1/users/429', { token, headers: origin }),
      await call(tenant, 'GET', '/api/v1/users/500', { token, headers: origin }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 401, 404, 429, 500]);
    expect(answers.map(({ headers }) => headers.get(ALLOW_ORIGIN))).toEqual(answers.map(() => PORTAL_ORIGIN));
  });
});

describe('a page of any other origin', () => {
  test.each([
    'https://evil.example',
    'null',
    'https://portal.example.evil.example',
    'http://portal.example',
    'https://PORTAL.example',
  ])('is not let in: %s', async (evil) => {
    const tenant = await testTenant();
    const { token } = await signedIn(tenant);
    const preflight = await call(tenant, 'OPTIONS', '/api/v1/users/me', {
      headers: { origin: evil, 'access-control-request-method': 'GET' },
    });
    const answer = await call(tenant, 'GET', '/api/v1/users/me', { token, headers: { origin: evil } });
    for (const { headers } of [preflight, answer]) {
      expect(headers.get(ALLOW_ORIGIN)).toBeNull();
      expect(headers.get('vary')).toBe('Origin');
    }
  });

  test('the origin of one client does not open the token of another', async () => {
    const tenant = await testTenant();
    const { client, user, token } = await signedIn(tenant);
    const elsewhere = { origin: 'https://other.example' };
    await impersonationClient(tenant, { allowedOrigins: [elsewhere.origin] });
    const read = await call(tenant, 'GET', '/api/v1/users/me', { token, headers: elsewhere });
    const mint = await call(tenant, 'POST', '/oauth/token', {
      body: impersonationBody(client, user.id),
      headers: elsewhere,
    });
    expect([
      read.headers.get(ALLOW_ORIGIN),
      mint.headers.get(ALLOW_ORIGIN),
      mint.headers.get(ALLOW_CREDENTIALS),
    ]).toEqual([null, null, null]);
  });

  test('the origins of the tenant next door do not count', async () => {
    const [acme, globex] = [await testTenant(), await testTenant()];
    await signedIn(acme);
    const answer = await call(globex, 'GET', '/api/v1/users/me', { headers: origin });
    expect(answer.headers.get(ALLOW_ORIGIN)).toBeNull();
  });
});
