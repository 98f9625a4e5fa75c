import { expect, test } from 'vitest';
import {
  analyst,
  call,
  EXCHANGE,
  HandClock,
  impersonate,
  impersonationClient,
  PORTAL_ORIGIN,
  testTenant,
} from './support.ts';

async function exchangeable() {
  const clock = new HandClock();
  const tenant = await testTenant({}, clock);
  const client = await impersonationClient(tenant);
  const answer = await impersonate(tenant, client, analyst(tenant).id);
  const subjectToken = answer.body.access_token ?? '';
  const exchange = (changes: Record<string, unknown> = {}, origin = PORTAL_ORIGIN) =>
    call(tenant, 'POST', '/oauth/token', {
      headers: { origin },
      body: {
        client_id: client.clientId,
        grant_type: EXCHANGE,
        subject_token: subjectToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        purpose: 'websocket',
        redirect_uri: `${PORTAL_ORIGIN}/app`,
        ...changes,
      },
    });
  return { tenant, clock, client, subjectToken, exchange };
}

test('gives a short-lived token that the API refuses as a bearer', async () => {
  const { tenant, exchange } = await exchangeable();
  const { status, body } = await exchange();
  expect(status).toBe(200);
  expect(body.expires_in).toBe(60);
  const token = body.access_token ?? '';
  expect(tenant.state.authenticate(token)?.token.purpose).toBe('websocket');
  expect((await call(tenant, 'GET', '/api/v1/users/me', { token })).status).toBe(401);
});

test('dies with the token it came from', async () => {
  const { tenant, exchange, subjectToken } = await exchangeable();
  const token = (await exchange()).body.access_token ?? '';
  await call(tenant, 'POST', '/oauth/revoke', { body: { token: subjectToken } });
  expect(tenant.state.authenticate(token)).toBeUndefined();
});

test('refuses another client, another origin, and to exchange twice', async () => {
  const { tenant, exchange } = await exchangeable();
  const other = await impersonationClient(tenant);
  expect((await exchange({ client_id: other.clientId })).status).toBe(401);
  expect((await exchange({}, 'https://evil.example')).status).toBe(403);
  const once = (await exchange()).body.access_token;
  expect((await exchange({ subject_token: once })).status).toBe(401);
});
