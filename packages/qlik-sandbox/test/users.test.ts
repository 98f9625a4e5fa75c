import { describe, expect, test } from 'vitest';
import type { RegionTenant } from '../src/region.ts';
import {
  analyst,
  call,
  impersonate,
  impersonationClient,
  qlikApiAsAdmin,
  qlikApiWith,
  refusal,
  someText,
  testTenant,
} from './support.ts';

const EUROPE = { subject: 'acme|europe', name: 'Europe analyst', email: 'europe@acme.example' };
const UNCACHED = { noCache: true };

async function populated() {
  const tenant = await testTenant();
  const { users } = qlikApiAsAdmin(tenant);
  await users.createUser({ ...EUROPE, assignedRoles: [{ name: 'Developer' }] });
  await users.createUser({ subject: 'acme|asia', name: 'Asia analyst', email: 'asia@acme.example' });
  await users.createUser({ subject: 'globex|europe', name: 'Globex "lead"', email: 'lead@globex.example' });
  const subjects = async (filter: string) =>
    (await users.getUsers({ filter }, UNCACHED)).data.data?.map(({ subject }) => subject);
  return { tenant, users, subjects };
}

async function withUser() {
  const tenant = await testTenant();
  const { users } = qlikApiAsAdmin(tenant);
  return { tenant, users, user: analyst(tenant) };
}

async function asAnalyst(tenant: RegionTenant) {
  const user = analyst(tenant);
  const { body } = await impersonate(tenant, await impersonationClient(tenant), user.id);
  return { user, api: qlikApiWith(tenant, body.access_token ?? '') };
}

describe('creating users', () => {
  test('answers 201 with the whole user, numbered in 24 hex digits', async () => {
    const tenant = await testTenant();
    const { data, status } = await qlikApiAsAdmin(tenant).users.createUser(EUROPE);
    expect(status).toBe(201);
    expect(data).toMatchObject({
      ...EUROPE,
      status: 'active',
      tenantId: tenant.state.id,
      assignedGroups: [],
    });
    expect(data.id).toMatch(/^[0-9a-f]{24}$/);
  });

  test('the subject is unique: 409', async () => {
    const { users } = qlikApiAsAdmin(await testTenant());
    await users.createUser(EUROPE);
    expect((await refusal(users.createUser({ ...EUROPE, email: 'other@acme.example' }))).status).toBe(409);
  });

  test('an invitation needs an e-mail', async () => {
    const { users } = qlikApiAsAdmin(await testTenant());
    expect((await refusal(users.createUser({ subject: 's', status: 'invited' }))).status).toBe(400);
    expect((await users.createUser({ ...EUROPE, status: 'invited' })).data.status).toBe('invited');
  });

  test('roles are given by name or id, and unknown ones are 400', async () => {
    const { users } = qlikApiAsAdmin(await testTenant());
    const { data } = await users.createUser({ ...EUROPE, assignedRoles: [{ name: 'Developer' }] });
    const [developer] = data.assignedRoles ?? [];
    expect(developer).toMatchObject({ name: 'Developer', type: 'default', level: 'user' });
    const byId = await users.createUser({ subject: 's2', assignedRoles: [{ id: developer?.id ?? '' }] });
    expect(byId.data.assignedRoles).toEqual([developer]);
    expect(
      (await refusal(users.createUser({ subject: 's3', assignedRoles: [{ name: 'Wizard' }] }))).status,
    ).toBe(400);
  });

  test.each([
    {},
    { subject: '' },
    { subject: 1 },
    { subject: 's', email: 'none' },
    { subject: 's', status: 'active' },
    { subject: 's', tenantId: 'other' },
  ])('a body that is no user is 400: %j', async (body) => {
    const tenant = await testTenant();
    const answer = await call(tenant, 'POST', '/api/v1/users', { body, token: tenant.state.adminToken() });
    expect(answer.status).toBe(400);
  });
});

describe('finding users', () => {
  test('by every documented attribute', async () => {
    const { tenant, users, subjects } = await populated();
    const europe = (await users.getUsers({ filter: 'subject eq "acme|europe"' })).data.data?.[0];
    await users.patchUser(europe?.id ?? '', [
      { op: 'replace', path: '/assignedGroups', value: [{ name: 'EMEA', providerType: 'idp' }] },
    ]);
    const [group] = tenant.state.groups.all();
    const roleId = tenant.state.roles.byName('Developer')?.id;
    for (const filter of [
      `id eq "${europe?.id}"`,
      'email eq "europe@acme.example"',
      'name co "Europe"',
      'email co "europe@"',
      'assignedRoles.name eq "Developer"',
      `assignedRoles.id eq "${roleId}"`,
      'assignedGroups.name eq "EMEA"',
      `assignedGroups.id eq "${group?.id}"`,
      '(subject eq "acme|europe" or name eq "nobody") and (status eq "active" or status eq "disabled")',
    ]) {
      expect([filter, await subjects(filter)]).toEqual([filter, ['acme|europe']]);
    }
  });

  test('conditions ignore case', async () => {
    const { subjects } = await populated();
    expect(await subjects('EMAIL EQ "Europe@ACME.example"')).toEqual(['acme|europe']);
  });

  test('an escaped quote stays inside the string; an unescaped one widens the filter', async () => {
    const { subjects } = await populated();
    const email = 'nobody" or email co "acme';
    expect(await subjects(`email eq ${JSON.stringify(email)}`)).toEqual([]);
    expect(await subjects(`email eq "${email}"`)).toHaveLength(3);
    expect(await subjects(`name eq ${JSON.stringify('Globex "lead"')}`)).toEqual(['globex|europe']);
  });

  test.each([
    'email eq europe@acme.example',
    'email eq "open',
    'email',
    'email eq "a" and',
    '(email eq "a"',
    'email eq "a" email eq "b"',
    'email sw "a"',
    'status co "a"',
    'picture eq "a"',
    'not (email eq "a")',
    'email pr',
    'email eq true',
    'name eq "a" or status eq "active"',
    '__proto__ eq "a"',
    '',
  ])('a malformed or undocumented filter is 400: %s', async (filter) => {
    const tenant = await testTenant();
    const answer = await call(tenant, 'GET', `/api/v1/users?filter=${encodeURIComponent(filter)}`, {
      token: tenant.state.adminToken(),
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ code: 'HTTP-400', title: 'Bad request', status: 400 }],
      traceId: someText,
    });
  });

  test('actions/filter and actions/count answer as the list does', async () => {
    const { users } = await populated();
    const { data } = await users.filterUsers(
      { limit: 1, sort: '-name' },
      { filter: 'email co "acme.example"' },
    );
    expect(data.data?.map(({ name }) => name)).toEqual(['Tenant administrator']);
    expect((await users.countUsersWithoutQuery(UNCACHED)).data).toEqual({ total: 4 });
  });

  test('Qlik’s client follows the pages to the end and back', async () => {
    const { users } = await populated();
    let page = await users.getUsers({ limit: 2, sort: '+subject' }, UNCACHED);
    const seen = page.data.data?.map(({ subject }) => subject) ?? [];
    expect(page.prev).toBeUndefined();
    const second = await page.next?.(UNCACHED);
    expect(second).toBeDefined();
    if (second) page = second;
    seen.push(...(page.data.data?.map(({ subject }) => subject) ?? []));
    expect(seen).toEqual(['acme|asia', 'acme|europe', 'globex|europe', 'sandbox|tenant-admin']);
    expect(page.next).toBeUndefined();
    expect((await page.prev?.(UNCACHED))?.data.data?.map(({ subject }) => subject)).toEqual(seen.slice(0, 2));
  });

  test('fields picks, totalResults counts', async () => {
    const { users } = await populated();
    const { data } = await users.getUsers({ fields: 'id,name', limit: 1, totalResults: true });
    expect(Object.keys(data.data?.[0] ?? {}).toSorted()).toEqual(['id', 'name']);
    expect(data.totalResults).toBe(4);
  });

  test('the bot of a client shows only to a filter by clientId', async () => {
    const { tenant, users } = await populated();
    const { clientId } = tenant.managementClient;
    tenant.state.botOf(clientId);
    expect((await users.getUsers({}, UNCACHED)).data.data).toHaveLength(4);
    const { data } = await users.getUsers({ filter: `clientId eq "${clientId}"` });
    expect(data.data?.map(({ subject }) => subject)).toEqual([`qlikbot\\${clientId}`]);
  });
});

describe('one user', () => {
  test('is read by id, and 404 is USERS-7', async () => {
    const { users, user } = await withUser();
    expect((await users.getUser(user.id, {})).data).toMatchObject({ id: user.id, subject: user.subject });
    const refused = await refusal(users.getUser('0'.repeat(24), {}));
    expect(refused).toMatchObject({ status: 404, data: { errors: [{ code: 'USERS-7' }] } });
  });

  test('is patched: name, status, roles and groups', async () => {
    const { tenant, users, user } = await withUser();
    tenant.state.groups.add({ name: 'Finance', providerType: 'custom' });
    const { status } = await users.patchUser(user.id, [
      { op: 'replace', path: '/name', value: 'Europe lead' },
      { op: 'replace', path: '/assignedRoles', value: [{ name: 'Developer' }] },
      { op: 'add', path: '/assignedRoles', value: [{ name: 'AuditAdmin' }] },
      { op: 'remove-value', path: '/assignedRoles', value: [{ name: 'Developer' }] },
      {
        op: 'replace',
        path: '/assignedGroups',
        value: [
          { name: 'EMEA', providerType: 'idp' },
          { name: 'Finance', providerType: 'custom' },
        ],
      },
    ]);
    expect(status).toBe(204);
    const { data } = await users.getUser(user.id, {}, UNCACHED);
    expect(data.name).toBe('Europe lead');
    expect(data.assignedRoles?.map(({ name }) => name)).toEqual(['AuditAdmin']);
    expect(data.assignedGroups?.map(({ name, providerType }) => [name, providerType])).toEqual([
      ['EMEA', 'idp'],
      ['Finance', 'custom'],
    ]);
  });

  test('a patch is whole or nothing', async () => {
    const { tenant, user } = await withUser();
    const token = tenant.state.adminToken();
    for (const operation of [
      { op: 'replace', path: '/email', value: 'x@acme.example' },
      { op: 'replace', path: '/subject', value: 'x' },
      { op: 'replace', path: '/status', value: 'deleted' },
      { op: 'replace', path: '/assignedRoles', value: [{ name: 'Wizard' }] },
      { op: 'replace', path: '/assignedGroups', value: [{ name: 'Unknown', providerType: 'custom' }] },
      { op: 'add', path: '/name', value: 'x' },
      { op: 'unset', path: '/name', value: '' },
    ]) {
      const body = [{ op: 'replace', path: '/name', value: 'half done' }, operation];
      expect((await call(tenant, 'PATCH', `/api/v1/users/${user.id}`, { body, token })).status).toBe(400);
    }
    expect(user.name).toBe('Europe analyst');
  });

  test('an unknown idp group is not made when the tenant does not create groups', async () => {
    const { tenant, users, user } = await withUser();
    tenant.state.groups.autoCreateGroups = false;
    const value = [{ name: 'EMEA', providerType: 'idp' as const }];
    const refused = await refusal(
      users.patchUser(user.id, [{ op: 'replace', path: '/assignedGroups', value }]),
    );
    expect(refused.status).toBe(400);
    expect(tenant.state.groups.all()).toEqual([]);
  });

  test('a deleted user is gone, with all tokens', async () => {
    const { tenant, users, user } = await withUser();
    const client = await impersonationClient(tenant);
    const token = (await impersonate(tenant, client, user.id)).body.access_token ?? '';
    expect((await users.deleteUser(user.id)).status).toBe(204);
    expect((await call(tenant, 'GET', '/api/v1/users/me', { token })).status).toBe(401);
    expect((await impersonate(tenant, client, user.id)).status).toBe(400);
    expect((await refusal(users.deleteUser(user.id))).status).toBe(404);
    expect((await users.createUser(EUROPE)).status).toBe(201);
  });
});

describe('what a plain user may', () => {
  test('read people, but others’ roles only of itself', async () => {
    const tenant = await testTenant();
    const { user, api } = await asAnalyst(tenant);
    expect((await api.users.getMyUser()).data).toMatchObject({ id: user.id, assignedRoles: [] });
    const { data } = await api.users.getUser(tenant.state.admin.id, {});
    expect(data).not.toHaveProperty('assignedRoles');
  });

  test('change nobody, not even itself', async () => {
    const tenant = await testTenant();
    const { user, api } = await asAnalyst(tenant);
    const promote = [
      { op: 'replace' as const, path: '/assignedRoles' as const, value: [{ name: 'TenantAdmin' }] },
    ];
    expect((await refusal(api.users.patchUser(user.id, promote))).status).toBe(403);
    expect((await refusal(api.users.createUser({ subject: 'x' }))).status).toBe(403);
    expect((await refusal(api.users.deleteUser(tenant.state.admin.id))).status).toBe(403);
  });

  test('401 without a token', async () => {
    const tenant = await testTenant();
    const answer = await call(tenant, 'GET', '/api/v1/users/me');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});
