import { expect, test } from 'vitest';
import type { RegionTenant } from '../src/region.ts';
import {
  analyst,
  call,
  HandClock,
  impersonate,
  impersonationClient,
  qlikApiAsAdmin,
  refusal,
  testTenant,
} from './support.ts';

/** Ten writes and thirty reads in five minutes. */
const SMALL = { tier1PerMinute: 6, tier2PerMinute: 2, filterPerMinute: 1 };

async function limited() {
  const clock = new HandClock();
  const tenant = await testTenant({}, clock);
  const client = await impersonationClient(tenant);
  const user = analyst(tenant);
  const token = tenant.state.adminToken();
  Object.assign(tenant.state.settings, SMALL);
  tenant.state.rateLimits.clear();
  return { clock, tenant, client, user, token, mint: () => impersonate(tenant, client, user.id) };
}

const read = (tenant: RegionTenant, token: string) => call(tenant, 'GET', '/api/v1/users/me', { token });

test('the documented limits are the default', async () => {
  const { state } = await testTenant();
  expect(state.settings).toMatchObject({
    tier1PerMinute: 1000,
    tier2PerMinute: 100,
    filterPerMinute: 200,
    rateWindowSeconds: 300,
  });
});

test('the answer past the limit is Qlik’s 429, to the word, with whole seconds', async () => {
  const { clock, mint } = await limited();
  for (let turn = 0; turn < 10; turn++) {
    expect((await mint()).status).toBe(200);
    clock.advanceSeconds(28.7);
  }
  const { status, body, headers } = await mint();
  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBe('13');
  expect(body.errors).toEqual([
    {
      code: 'HTTP-429',
      title: 'API rate limit reached.',
      detail: 'You need to wait 13 seconds until limit is lifted.',
      status: '429',
    },
  ]);
});

test('the window rolls: calls leave it one by one, five minutes after they were made', async () => {
  const { clock, mint } = await limited();
  for (let turn = 0; turn < 10; turn++) {
    await mint();
    clock.advanceSeconds(10);
  }
  expect((await mint()).headers.get('retry-after')).toBe('200');
  clock.advanceSeconds(199);
  expect((await mint()).headers.get('retry-after')).toBe('1');
  clock.advanceSeconds(1);
  expect((await mint()).status).toBe(200);
  expect((await mint()).headers.get('retry-after')).toBe('10');
});

test('a 429 closes every endpoint of its tier, and no other tier', async () => {
  const { tenant, client, mint } = await limited();
  const api = qlikApiAsAdmin(tenant);
  tenant.state.rateLimits.clear();
  const token = tenant.state.adminToken();
  for (let turn = 0; turn < 10; turn++) await api.users.createUser({ subject: `acme|${turn}` });
  const writes = [
    () => api.users.createUser({ subject: 'acme|more' }),
    () => api.groups.createGroup({ name: 'EMEA' }),
    () => api.oauthClients.createOAuthClientSecret(client.clientId),
  ];
  for (const write of writes) expect((await refusal(write())).status).toBe(429);
  expect((await read(tenant, token)).status).toBe(200);
  expect((await mint()).status).toBe(200);
});

test('token requests count against the client, not against the user they are for', async () => {
  const { tenant, client, mint } = await limited();
  for (let turn = 0; turn < 10; turn++) await mint();
  expect((await impersonate(tenant, client, analyst(tenant, 'acme|asia').id)).status).toBe(429);
  expect(
    (await call(tenant, 'POST', '/oauth/revoke', { body: { token: 'x', client_id: client.clientId } }))
      .status,
  ).toBe(429);
});

test('users are counted apart, and so are tenants', async () => {
  const { tenant, token, client, user } = await limited();
  const minted = (await impersonate(tenant, client, user.id)).body.access_token ?? '';
  for (let turn = 0; turn < 30; turn++) await read(tenant, token);
  expect((await read(tenant, token)).status).toBe(429);
  expect((await read(tenant, minted)).status).toBe(200);
  const other = await testTenant(SMALL);
  expect((await read(other, other.state.adminToken())).status).toBe(200);
});

test('actions/filter has a limit of its own', async () => {
  const { tenant, token } = await limited();
  const filter = () =>
    call(tenant, 'POST', '/api/v1/users/actions/filter', { token, body: { filter: 'name eq "x"' } });
  for (let turn = 0; turn < 5; turn++) expect((await filter()).status).toBe(200);
  expect((await filter()).status).toBe(429);
  expect((await call(tenant, 'POST', '/api/v1/groups', { token, body: { name: 'EMEA' } })).status).toBe(201);
});

test('refused calls do not prolong the block', async () => {
  const { clock, tenant, token } = await limited();
  for (let turn = 0; turn < 40; turn++) await read(tenant, token);
  clock.advanceSeconds(300);
  expect((await read(tenant, token)).status).toBe(200);
});
