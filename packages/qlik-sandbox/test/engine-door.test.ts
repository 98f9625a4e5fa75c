import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { RegionTenant } from '../src/region.ts';
import { accessTokenOf, appPath, exchangedToken, knock, member } from './engine-support.ts';
import { call, HandClock, impersonationClient, PORTAL_ORIGIN, testRegion, testTenant } from './support.ts';

async function visitor(tenant: RegionTenant, purpose?: string) {
  const client = await impersonationClient(tenant);
  const bearer = await accessTokenOf(tenant, client, member(tenant, ['Europe']).id);
  const forUrl = await exchangedToken(tenant, client, bearer, purpose);
  return { client, bearer, forUrl };
}

test('opens to a page of an allowed origin with an exchanged token, and to a program with a bearer', async () => {
  const tenant = await testTenant();
  const { bearer, forUrl } = await visitor(tenant);
  expect(await knock(tenant, { path: appPath(tenant, forUrl), origin: PORTAL_ORIGIN })).toBe('open');
  expect(await knock(tenant, { bearer })).toBe('open');
});

test('cross-site: refuses a page of another origin, whatever token it came by', async () => {
  const tenant = await testTenant();
  const { bearer, forUrl } = await visitor(tenant);
  for (const origin of [
    'https://evil.example',
    'null',
    `${PORTAL_ORIGIN}.evil.example`,
    'http://portal.example',
  ]) {
    expect(await knock(tenant, { path: appPath(tenant, forUrl), origin })).toBe('403');
    expect(await knock(tenant, { bearer, origin })).toBe('403');
  }
});

test('tokens-by-purpose: a URL takes only a token made for websockets, a header never one', async () => {
  const tenant = await testTenant();
  const { bearer, forUrl } = await visitor(tenant);
  expect(await knock(tenant, { path: appPath(tenant, bearer), origin: PORTAL_ORIGIN })).toBe('401');
  expect(await knock(tenant, { bearer: forUrl })).toBe('401');
  expect(await knock(tenant, { path: appPath(tenant, bearer), bearer })).toBe('401');
});

test('tokens-by-purpose: a token made for web resources opens no websocket', async () => {
  const tenant = await testTenant();
  const { forUrl } = await visitor(tenant, 'webresource');
  expect(await knock(tenant, { path: appPath(tenant, forUrl), origin: PORTAL_ORIGIN })).toBe('401');
});

test('refuses no token, a made-up one, an expired one and one of the tenant next door', async () => {
  const clock = new HandClock();
  const region = await testRegion({ tenants: [{ name: 'acme' }, { name: 'globex' }], now: clock.now });
  const acme = region.tenant('acme');
  const { bearer, forUrl } = await visitor(acme);
  const neighbour = await visitor(region.tenant('globex'));
  const origin = PORTAL_ORIGIN;
  expect(await knock(acme, { origin })).toBe('401');
  expect(await knock(acme, { path: appPath(acme, 'made-up'), origin })).toBe('401');
  expect(await knock(acme, { path: appPath(acme, neighbour.forUrl), origin })).toBe('401');
  expect(await knock(acme, { bearer: neighbour.bearer })).toBe('401');
  clock.advanceSeconds(61);
  expect(await knock(acme, { path: appPath(acme, forUrl), origin })).toBe('401');
  expect(await knock(acme, { bearer })).toBe('open');
});

test('leavers: a revoked token and a disabled user are refused', async () => {
  const tenant = await testTenant();
  const { bearer, forUrl } = await visitor(tenant);
  await call(tenant, 'POST', '/oauth/revoke', { body: { token: bearer } });
  expect(await knock(tenant, { path: appPath(tenant, forUrl), origin: PORTAL_ORIGIN })).toBe('401');
  const client = await impersonationClient(tenant);
  const user = member(tenant, ['Americas']);
  const token = await accessTokenOf(tenant, client, user.id);
  user.status = 'disabled';
  expect(await knock(tenant, { bearer: token })).toBe('401');
});

test('answers only below /app, and closes with Qlik’s own code when there is no such app', async () => {
  const tenant = await testTenant();
  const { bearer } = await visitor(tenant);
  expect(await knock(tenant, { bearer, path: '/' })).toBe('404');
  expect(await knock(tenant, { bearer, path: '/app/not-this-one' })).toBe('closed 4204');
});

const reply = z.looseObject({
  id: z.number().nullable(),
  error: z.looseObject({ code: z.number() }).optional(),
});

function request(id: number, method: string, params: unknown, handle = -1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, handle, method, params });
}

test('nonsense is answered with an error, and the session lives on', async () => {
  const tenant = await testTenant();
  const { bearer } = await visitor(tenant);
  const socket = new WebSocket(`${tenant.host.replace('http', 'ws')}${appPath(tenant)}`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  onTestFinished(() => socket.terminate());
  const replies: z.infer<typeof reply>[] = [];
  const answered = Promise.withResolvers<undefined>();
  const sent = [
    'no JSON',
    '[]',
    '{"id":"text"}',
    Buffer.from([0xff, 0x00]),
    request(1, 'constructor', []),
    request(2, '__proto__', []),
    request(3, 'OpenDoc', ['another app']),
    request(4, 'GetLayout', [], 99),
    request(5, 'OpenDoc', [tenant.name, 1, {}]),
    request(6, 'EngineVersion', {}),
  ];
  socket.on('message', (data: Buffer) => {
    const message = reply.safeParse(JSON.parse(data.toString())).data;
    if (message) replies.push(message);
    if (replies.length === sent.length) answered.resolve(undefined);
  });
  socket.once('open', () => {
    for (const message of sent) socket.send(message);
  });
  await answered.promise;
  expect(replies.map(({ id, error }) => [id, error?.code])).toEqual([
    [null, -32_700],
    [null, -32_700],
    [null, -32_700],
    [null, -32_700],
    [1, -32_601],
    [2, -32_601],
    [3, 2],
    [4, 2],
    [5, 2],
    [6, undefined],
  ]);
});

test('an oversized message ends the session, not the tenant', async () => {
  const tenant = await testTenant();
  const { bearer } = await visitor(tenant);
  const socket = new WebSocket(`${tenant.host.replace('http', 'ws')}${appPath(tenant)}`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.once('open', () => socket.send('x'.repeat(2_000_000)));
  socket.on('error', () => undefined);
  expect(await closed).toBe(1009);
  expect(await knock(tenant, { bearer })).toBe('open');
});
