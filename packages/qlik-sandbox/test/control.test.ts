import { once } from 'node:events';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { tenantApp } from '../src/engine/apps.ts';
import type { RegionTenant } from '../src/region.ts';
import { analyst, call, IMPERSONATION, impersonate, impersonationClient, testTenant } from './support.ts';

test('faults are set, listed and cleared from outside', async () => {
  const tenant = await testTenant();
  const set = (body: Record<string, unknown>) => call(tenant, 'POST', '/__sandbox/faults', { body });
  const first = await set({ kind: 'status', status: 503, times: 2, match: { path: '/api/v1/users/me' } });
  expect(first.status).toBe(201);
  await set({ kind: 'delay', ms: 1 });
  expect((await call(tenant, 'GET', '/api/v1/users/me')).status).toBe(503);
  expect((await call(tenant, 'GET', '/__sandbox/faults')).body.data).toMatchObject([
    { id: first.body.id, remaining: 1, hits: 1 },
    { remaining: null, hits: 1 },
  ]);
  expect((await call(tenant, 'DELETE', `/__sandbox/faults/${first.body.id}`)).status).toBe(200);
  expect((await call(tenant, 'DELETE', `/__sandbox/faults/${first.body.id}`)).status).toBe(404);
  expect((await call(tenant, 'DELETE', '/__sandbox/faults')).body).toEqual({ cleared: 1 });
});

test.each([
  {},
  { kind: 'explode' },
  { kind: 'delay' },
  { kind: 'delay', ms: -1 },
  { kind: 'status', status: 200 },
  { kind: 'hang', typo: 1 },
  { kind: 'hang', times: 0 },
  { kind: 'hang', match: { paht: '/x' } },
  [],
])('a fault that is none is 400, and sets nothing: %j', async (body) => {
  const tenant = await testTenant();
  expect((await call(tenant, 'POST', '/__sandbox/faults', { body })).status).toBe(400);
  expect(tenant.state.faults.list()).toEqual([]);
});

test('the journal tells who asked for what, and holds no secret', async () => {
  const tenant = await testTenant();
  const client = await impersonationClient(tenant);
  const user = analyst(tenant);
  await call(tenant, 'DELETE', '/__sandbox/journal');
  const token = (await impersonate(tenant, client, user.id)).body.access_token ?? '';
  await call(tenant, 'GET', '/api/v1/users?filter=email%20eq%20%22europe%40acme.example%22', { token });
  const { body, text } = await call(tenant, 'GET', '/__sandbox/journal');
  expect(body.data).toMatchObject([
    {
      method: 'POST',
      path: '/oauth/token',
      grant: IMPERSONATION,
      clientId: client.clientId,
      userId: user.id,
      status: 200,
    },
    { method: 'GET', path: '/api/v1/users', clientId: client.clientId, userId: user.id, status: 200 },
  ]);
  expect(text).not.toContain(token);
  expect(text).not.toContain(client.clientSecret);
  expect(text).not.toContain('europe');
});

test('the rate limits can be forgotten', async () => {
  const tenant = await testTenant({ tier1PerMinute: 1, rateWindowSeconds: 60 });
  const token = tenant.state.adminToken();
  const read = async () => (await call(tenant, 'GET', '/api/v1/users/me', { token })).status;
  expect([await read(), await read()]).toEqual([200, 429]);
  expect((await call(tenant, 'DELETE', '/__sandbox/rate-limits')).status).toBe(204);
  expect(await read()).toBe(200);
});

test.each([
  ['with its close code', '', 4206],
  ['without goodbye', '?abrupt=true', 1006],
])('the open engine sessions can be cut, %s', async (_how, query, code) => {
  const tenant = await testTenant();
  const token = tenant.state.adminToken();
  const socket = new WebSocket(`${tenant.host.replace('http', 'ws')}/app/${tenantApp('acme').appId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await once(socket, 'message');
  expect((await call(tenant, 'GET', '/__sandbox/engine-sessions')).body).toEqual({ connections: 1 });
  const closed = once(socket, 'close');
  expect((await call(tenant, 'DELETE', `/__sandbox/engine-sessions${query}`)).status).toBe(204);
  expect((await closed)[0]).toBe(code);
});

test('a web page cannot work the door: neither by its origin nor by a rebound name', async () => {
  const tenant = await testTenant();
  const fromPage = await call(tenant, 'GET', '/__sandbox/journal', {
    headers: { origin: 'https://evil.example' },
  });
  expect(fromPage.status).toBe(403);
  expect(await statusWithHost(tenant, 'evil.example')).toBe(403);
  expect(await statusWithHost(tenant, new URL(tenant.host).host)).toBe(200);
});

/** `fetch` does not let the Host header be forged. */
function statusWithHost(tenant: RegionTenant, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${tenant.host}/__sandbox/journal`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
