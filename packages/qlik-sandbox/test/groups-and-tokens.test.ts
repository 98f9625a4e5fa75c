import { describe, expect, test } from 'vitest';
import {
  analyst,
  call,
  impersonate,
  impersonationClient,
  qlikApiAsAdmin,
  qlikApiWith,
  refusal,
  testTenant,
} from './support.ts';

const UNCACHED = { noCache: true };

async function twoHolders() {
  const tenant = await testTenant();
  const client = await impersonationClient(tenant);
  const [europe, asia] = [analyst(tenant), analyst(tenant, 'acme|asia')];
  const mint = async (userId: string) => (await impersonate(tenant, client, userId)).body.access_token ?? '';
  return {
    tenant,
    europe,
    asia,
    tokens: [await mint(europe.id), await mint(europe.id), await mint(asia.id)],
  };
}

describe('groups', () => {
  test('are created, found, renamed and deleted, also on the users in them', async () => {
    const tenant = await testTenant();
    const { groups, users } = qlikApiAsAdmin(tenant);
    const { data: finance, status } = await groups.createGroup({
      name: 'Finance',
      providerType: 'custom',
      description: 'Counts',
      assignedRoles: [{ name: 'Developer' }],
    });
    expect(status).toBe(201);
    expect(finance).toMatchObject({
      name: 'Finance',
      providerType: 'custom',
      status: 'active',
      tenantId: tenant.state.id,
    });
    const user = analyst(tenant);
    const member = [{ name: 'Finance', providerType: 'custom' as const }];
    await users.patchUser(user.id, [{ op: 'replace', path: '/assignedGroups', value: member }]);

    expect(
      (await groups.patchGroup(finance.id, [{ op: 'replace', path: 'name', value: 'Controlling' }])).status,
    ).toBe(204);
    expect((await groups.getGroup(finance.id, UNCACHED)).data.name).toBe('Controlling');
    expect((await users.getUser(user.id, {}, UNCACHED)).data.assignedGroups?.[0]?.name).toBe('Controlling');

    expect((await groups.deleteGroup(finance.id)).status).toBe(204);
    expect((await refusal(groups.getGroup(finance.id, UNCACHED))).data?.errors?.[0]?.code).toBe('GROUPS-7');
    expect((await users.getUser(user.id, {}, UNCACHED)).data.assignedGroups).toEqual([]);
  });

  test('names are unique and minded for case', async () => {
    const { groups } = qlikApiAsAdmin(await testTenant());
    const { data } = await groups.createGroup({ name: 'Finance', providerType: 'custom' });
    await groups.createGroup({ name: 'finance' });
    expect((await refusal(groups.createGroup({ name: 'Finance' }))).status).toBe(409);
    const taken = groups.patchGroup(data.id, [{ op: 'replace', path: 'name', value: 'finance' }]);
    expect((await refusal(taken)).status).toBe(409);
  });

  test('an idp group cannot be renamed', async () => {
    const { groups } = qlikApiAsAdmin(await testTenant());
    const { data } = await groups.createGroup({ name: 'EMEA' });
    const rename = groups.patchGroup(data.id, [{ op: 'replace', path: 'name', value: 'APAC' }]);
    expect((await refusal(rename)).status).toBe(400);
    expect(
      (await groups.patchGroup(data.id, [{ op: 'replace', path: 'assignedRoles', value: [] }])).status,
    ).toBe(204);
  });

  test('are listed and filtered', async () => {
    const { groups } = qlikApiAsAdmin(await testTenant());
    for (const name of ['EMEA', 'APAC']) await groups.createGroup({ name });
    expect((await groups.getGroups({}, UNCACHED)).data.data?.map(({ name }) => name)).toEqual([
      'APAC',
      'EMEA',
    ]);
    const { data } = await groups.filterGroups({}, { filter: 'name eq "EMEA"' });
    expect(data.data?.map(({ name }) => name)).toEqual(['EMEA']);
    expect((await refusal(groups.getGroups({ filter: 'name eq EMEA' }))).status).toBe(400);
  });

  test('their creation at sign-in is a setting', async () => {
    const { groups } = qlikApiAsAdmin(await testTenant());
    expect((await groups.getGroupsSettings(UNCACHED)).data.autoCreateGroups).toBe(true);
    await groups.patchGroupsSettings([{ op: 'replace', path: '/autoCreateGroups', value: false }]);
    expect((await groups.getGroupsSettings(UNCACHED)).data.autoCreateGroups).toBe(false);
  });

  test('plain users read them and change none', async () => {
    const tenant = await testTenant();
    const { body } = await impersonate(tenant, await impersonationClient(tenant), analyst(tenant).id);
    const { groups } = qlikApiWith(tenant, body.access_token ?? '');
    expect((await groups.getGroups({}, UNCACHED)).status).toBe(200);
    expect((await refusal(groups.createGroup({ name: 'Mine' }))).status).toBe(403);
  });
});

describe('oauth tokens', () => {
  test('an administrator lists and revokes those of a user', async () => {
    const { tenant, europe, tokens } = await twoHolders();
    const { oauthTokens } = qlikApiAsAdmin(tenant);
    const list = async () => (await oauthTokens.getOauthTokens({ userId: europe.id }, UNCACHED)).data.data;
    const [first, second] = await list();
    expect(first).toMatchObject({
      userId: europe.id,
      tenantId: tenant.state.id,
      description: 'Embed portal',
    });
    expect(JSON.stringify(await list())).not.toContain(tokens[0]);
    expect((await oauthTokens.deleteOauthToken(first?.id ?? '')).status).toBe(204);
    expect(await list()).toEqual([second]);
    expect((await refusal(oauthTokens.deleteOauthToken(first?.id ?? ''))).status).toBe(404);
    const alive = await Promise.all(
      tokens.map(async (token) => (await call(tenant, 'GET', '/api/v1/users/me', { token })).status),
    );
    expect(alive.toSorted((a, b) => a - b)).toEqual([200, 200, 401]);
  });

  test('Qlik’s client follows their pages', async () => {
    const { tenant } = await twoHolders();
    const { oauthTokens } = qlikApiAsAdmin(tenant);
    const first = await oauthTokens.getOauthTokens({ limit: 3 }, UNCACHED);
    const second = await first.next?.(UNCACHED);
    const all = [...first.data.data, ...(second?.data.data ?? [])].map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(tenant.state.tokens.list().length);
  });

  test('a plain user sees and revokes only its own', async () => {
    const { tenant, europe, asia, tokens } = await twoHolders();
    const { oauthTokens } = qlikApiWith(tenant, tokens[2] ?? '');
    expect((await oauthTokens.getOauthTokens({}, UNCACHED)).data.data.map(({ userId }) => userId)).toEqual([
      asia.id,
    ]);
    expect((await refusal(oauthTokens.getOauthTokens({ userId: europe.id }))).status).toBe(403);
    const [foreign] = tenant.state.tokens.list(europe.id);
    expect((await refusal(oauthTokens.deleteOauthToken(foreign?.id ?? ''))).status).toBe(403);
    expect(tenant.state.tokens.list(europe.id)).toHaveLength(2);
  });
});

test('a tenant tells about itself, and of no other', async () => {
  const tenant = await testTenant();
  const { tenants } = qlikApiAsAdmin(tenant);
  const { data } = await tenants.getMyTenant(UNCACHED);
  expect(data).toMatchObject({ id: tenant.state.id, name: 'acme', status: 'active' });
  expect((await tenants.getTenant(data.id)).data).toEqual(data);
  expect((await refusal(tenants.getTenant('other'))).data?.errors?.[0]?.code).toBe('TENANTS-8');
});

test('what a browser’s @qlik/api asks for when it starts is there', async () => {
  const tenant = await testTenant();
  const product = await call(tenant, 'GET', '/resources/autogenerated/product-info.json');
  expect(product.body).toMatchObject({ composition: { deploymentType: 'qlikcloudservices' } });
  expect(product.headers.get('access-control-allow-origin')).toBe('*');
  expect((await call(tenant, 'GET', '/api/v1/boot/core-init')).status).toBe(401);
  const boot = await call(tenant, 'GET', '/api/v1/boot/core-init', { token: tenant.state.adminToken() });
  expect(JSON.parse(boot.text)).toMatchObject([
    { path: '/api/v1/users/me', status: 200, data: { id: tenant.state.admin.id } },
    { path: '/api/v1/tenants/me', status: 200, data: { id: tenant.state.id } },
  ]);
});
