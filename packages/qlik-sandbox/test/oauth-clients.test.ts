import type { OAuthClientCreateRequest } from '@qlik/api/oauth-clients';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  analyst,
  call,
  HandClock,
  impersonate,
  impersonationClient,
  qlikApiAsAdmin,
  qlikApiWith,
  refusal,
  someText,
  testTenant,
  textLike,
} from './support.ts';

const WEB: OAuthClientCreateRequest = {
  appType: 'web',
  clientName: 'my-embedded-portal',
  allowedScopes: ['user_default'],
};

async function ecKey(kid = 'key-1') {
  const { publicKey } = await generateKeyPair('ES384', { extractable: true });
  return { ...(await exportJWK(publicKey)), kty: 'EC', kid, alg: 'ES384', use: 'sig' } as const;
}

describe('creating a client', () => {
  test('tells the secret once, and never again', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const { data, status } = await oauthClients.createOAuthClient({ ...WEB, description: 'made by a test' });
    expect(status).toBe(201);
    expect(data).toMatchObject({
      ...WEB,
      description: 'made by a test',
      clientSecret: textLike(/^\w{64}$/),
    });
    expect(data.clientSecrets).toEqual([
      { hint: data.clientSecret.slice(-5), createdAt: someText, createdBy: tenant.state.admin.id },
    ]);
    const again = await oauthClients.getOAuthClient(data.clientId, { noCache: true });
    expect(JSON.stringify(again.data)).not.toContain(data.clientSecret);
    expect(JSON.stringify(tenant.state.clients.all())).not.toContain(data.clientSecret);
  });

  test('starts with consent required unless asked to be trusted', async () => {
    const { oauthClients } = qlikApiAsAdmin(await testTenant());
    const plain = await oauthClients.createOAuthClient(WEB);
    const trusted = await oauthClients.createOAuthClient({
      ...WEB,
      connectionConfig: { consentMethod: 'trusted' },
    });
    const consentOf = async (id: string) =>
      (await oauthClients.getOAuthClientConnectionConfig(id)).data.consentMethod;
    expect(await consentOf(plain.data.clientId)).toBe('required');
    expect(await consentOf(trusted.data.clientId)).toBe('trusted');
  });

  test('a single-page app gets no secret', async () => {
    const { oauthClients } = qlikApiAsAdmin(await testTenant());
    const { data } = await oauthClients.createOAuthClient({ ...WEB, appType: 'spa' });
    expect(data).not.toHaveProperty('clientSecret');
    expect(data.clientSecrets).toEqual([]);
  });

  test('bodies that are no client are 400', async () => {
    const tenant = await testTenant();
    const token = tenant.state.adminToken();
    const bodies = [
      {},
      { ...WEB, clientName: ' ' },
      { ...WEB, appType: 'robot' },
      { ...WEB, appType: 'spa', allowedGrantTypes: ['client_credentials'] },
      { ...WEB, allowedOrigins: ['https://portal.example/path'] },
      { ...WEB, allowedOrigins: ['*'] },
      { ...WEB, redirectUris: ['not a url'] },
      { ...WEB, allowedAuthMethods: ['private_key_jwt'] },
      { ...WEB, publicKeys: [await ecKey(), await ecKey()] },
      { ...WEB, connectionConfig: { consentMethod: 'required' } },
    ];
    for (const body of bodies) {
      const { status } = await call(tenant, 'POST', '/api/v1/oauth-clients', { body, token });
      expect({ body, status }).toEqual({ body, status: 400 });
    }
    expect(tenant.state.clients.all()).toHaveLength(1);
  });

  test('a short RSA key is refused', async () => {
    const tenant = await testTenant();
    const token = tenant.state.adminToken();
    const register = (bytes: number) =>
      call(tenant, 'POST', '/api/v1/oauth-clients', {
        token,
        body: {
          ...WEB,
          allowedAuthMethods: ['private_key_jwt'],
          publicKeys: [
            {
              kty: 'RSA',
              kid: 'k',
              alg: 'RS256',
              use: 'sig',
              e: 'AQAB',
              n: Buffer.alloc(bytes, 0xff).toString('base64url'),
            },
          ],
        },
      });
    expect((await register(128)).status).toBe(400);
    expect((await register(255)).status).toBe(400);
    expect((await register(256)).status).toBe(201);
  });

  test('a tenant can refuse origins on web clients, as one page of the documentation has it', async () => {
    const { oauthClients } = qlikApiAsAdmin(await testTenant({ originsOnWebClients: false }));
    const refused = await refusal(
      oauthClients.createOAuthClient({ ...WEB, allowedOrigins: ['https://portal.example'] }),
    );
    expect(refused.status).toBe(400);
    expect((await oauthClients.createOAuthClient(WEB)).status).toBe(201);
  });
});

describe('who may', () => {
  test('nobody without a token, nor with an impersonation token of user_default, even of an administrator', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    expect((await call(tenant, 'GET', '/api/v1/oauth-clients')).status).toBe(401);
    for (const user of [analyst(tenant), tenant.state.admin]) {
      const { body } = await impersonate(tenant, client, user.id);
      const { oauthClients } = qlikApiWith(tenant, body.access_token ?? '');
      expect((await refusal(oauthClients.getOAuthClients({}))).status).toBe(403);
      expect((await refusal(oauthClients.createOAuthClient(WEB))).status).toBe(403);
      expect((await refusal(oauthClients.deleteOAuthClient(client.clientId))).status).toBe(403);
    }
  });

  test('an admin scope in an impersonation token is worth nothing without the role', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant, { allowedScopes: ['admin_classic'] });
    const mint = async (userId: string) => {
      const body = {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        grant_type: 'urn:qlik:oauth:user-impersonation',
        scope: 'admin_classic',
        user_lookup: { field: 'userId', value: userId },
      };
      return (await call(tenant, 'POST', '/oauth/token', { body })).body.access_token ?? '';
    };
    const read = async (token: string) =>
      (await call(tenant, 'GET', '/api/v1/oauth-clients', { token })).status;
    expect(await read(await mint(analyst(tenant).id))).toBe(403);
    expect(await read(await mint(tenant.state.admin.id))).toBe(200);
  });
});

describe('listing', () => {
  test('filters, sorts, counts and pages forth and back with the links Qlik’s client follows', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    for (const name of ['d', 'b', 'e', 'a', 'c'])
      await oauthClients.createOAuthClient({ ...WEB, clientName: `portal ${name}` });
    const filter = 'clientName co "portal" and appType eq "web"';
    const first = await oauthClients.getOAuthClients({
      filter,
      limit: 2,
      sort: '-clientName',
      totalResults: true,
    });
    const names = ({ data }: typeof first) => data.data.map(({ clientName }) => clientName);
    expect(names(first)).toEqual(['portal e', 'portal d']);
    expect(first.data).toMatchObject({ totalResults: 5 });
    expect(first.data.links.prev).toBeUndefined();
    const follow = (href: string | undefined) =>
      call(tenant, 'GET', href?.slice(tenant.host.length) ?? '', { token });
    const token = tenant.state.adminToken();
    const second = await follow(first.data.links.next?.href);
    expect(second.body.data?.map(({ clientName }) => clientName)).toEqual(['portal c', 'portal b']);
    const third = await follow(second.body.links?.['next']?.href);
    expect(third.body.data?.map(({ clientName }) => clientName)).toEqual(['portal a']);
    expect(third.body['links']).not.toHaveProperty('next');
    const back = await follow(second.body.links?.['prev']?.href);
    expect(back.body.data?.map(({ clientName }) => clientName)).toEqual(['portal e', 'portal d']);
  });

  test('finds one client by its id, as the documentation’s example does', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const { clientId } = await impersonationClient(tenant);
    const { data } = await oauthClients.getOAuthClients({
      filter: `appType eq "web" and clientId eq "${clientId}"`,
    });
    expect(data.data.map((client) => client.clientId)).toEqual([clientId]);
    expect(data).not.toHaveProperty('totalResults');
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'sort=secret',
    'next=rubbish',
    'next=WyJhIiwiYiJd&prev=WyJhIiwiYiJd',
    'filter=description%20eq%20%22x%22',
  ])('a bad query is 400: %s', async (query) => {
    const tenant = await testTenant();
    const answer = await call(tenant, 'GET', `/api/v1/oauth-clients?${query}`, {
      token: tenant.state.adminToken(),
    });
    expect(answer.status).toBe(400);
  });
});

describe('changing and deleting', () => {
  test('a patch changes what it may, and 204 has no body', async () => {
    const clock = new HandClock();
    const tenant = await testTenant({}, clock);
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const { clientId } = await impersonationClient(tenant);
    clock.advanceSeconds(5);
    const { status, data } = await oauthClients.patchOAuthClient(clientId, [
      { op: 'replace', path: '/clientName', value: 'Renamed' },
      { op: 'add', path: '/allowedOrigins', value: ['https://other.example'] },
      { op: 'remove', path: '/redirectUris' },
    ]);
    expect(status).toBe(204);
    expect(data).toBe('');
    const after = (await oauthClients.getOAuthClient(clientId, { noCache: true })).data;
    expect(after).toMatchObject({
      clientName: 'Renamed',
      allowedOrigins: ['https://other.example'],
      redirectUris: [],
    });
    expect(after.updatedAt).toBe(new Date(clock.now()).toISOString());
  });

  test('a patch is whole or nothing, and only of the allowed paths', async () => {
    const tenant = await testTenant();
    const { clientId } = await impersonationClient(tenant);
    const token = tenant.state.adminToken();
    const bad = [
      { op: 'replace', path: '/appType', value: 'spa' },
      { op: 'replace', path: '/clientId', value: 'x' },
      { op: 'replace', path: '/secrets', value: [] },
      { op: 'replace', path: '/__proto__/x', value: 1 },
      { op: 'move', path: '/clientName', value: 'x' },
      { op: 'remove', path: '/clientName' },
      { op: 'replace', path: '/allowedOrigins', value: 'https://portal.example' },
    ];
    for (const operation of bad) {
      const body = [{ op: 'replace', path: '/description', value: 'half done' }, operation];
      const { status } = await call(tenant, 'PATCH', `/api/v1/oauth-clients/${clientId}`, { body, token });
      expect({ operation, status }).toEqual({ operation, status: 400 });
    }
    expect(tenant.state.clients.byId(clientId)?.description).toBe('');
  });

  test('turning to secrets answers 202 with the one that was made', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const { clientId } = await impersonationClient(tenant, {
      allowedAuthMethods: ['private_key_jwt'],
      publicKeys: [await ecKey()],
    });
    const { status, data } = await oauthClients.patchOAuthClient(clientId, [
      { op: 'replace', path: '/allowedAuthMethods', value: ['client_secret', 'private_key_jwt'] },
    ]);
    expect(status).toBe(202);
    const clientSecret = data ? data.clientSecret : '';
    expect((await impersonate(tenant, { clientId, clientSecret }, analyst(tenant).id)).status).toBe(200);
  });

  test('a deleted client and all its tokens are gone', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    const user = analyst(tenant);
    const token = (await impersonate(tenant, client, user.id)).body.access_token ?? '';
    const { oauthClients } = qlikApiAsAdmin(tenant);
    expect((await oauthClients.deleteOAuthClient(client.clientId)).status).toBe(204);
    expect((await call(tenant, 'GET', '/api/v1/users/me', { token })).status).toBe(401);
    expect((await impersonate(tenant, client, user.id)).status).toBe(401);
    expect((await refusal(oauthClients.getOAuthClient(client.clientId, { noCache: true }))).status).toBe(404);
    expect((await refusal(oauthClients.deleteOAuthClient(client.clientId))).status).toBe(404);
  });

  test('publishing is remembered', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const { clientId } = await impersonationClient(tenant);
    const first = await oauthClients.publishOAuthClient(clientId);
    expect(first.status).toBe(201);
    expect((await oauthClients.publishOAuthClient(clientId)).data).toEqual(first.data);
    expect((await oauthClients.getOAuthClient(clientId, { noCache: true })).data).toMatchObject(first.data);
  });
});

describe('secrets', () => {
  test('a client has at most five, every one of which opens it', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const { clientId, clientSecret } = await impersonationClient(tenant);
    const secrets = [clientSecret];
    for (let more = 0; more < 4; more++)
      secrets.push((await oauthClients.createOAuthClientSecret(clientId)).data.clientSecret);
    const sixth = await refusal(oauthClients.createOAuthClientSecret(clientId));
    expect(sixth.status).toBe(409);
    const { id } = analyst(tenant);
    for (const secret of secrets) {
      expect((await impersonate(tenant, { clientId, clientSecret: secret }, id)).status).toBe(200);
    }
  });

  test('a secret deleted by its hint opens nothing, the tokens it minted live on', async () => {
    const tenant = await testTenant();
    const { oauthClients } = qlikApiAsAdmin(tenant);
    const client = await impersonationClient(tenant);
    const { id } = analyst(tenant);
    const token = (await impersonate(tenant, client, id)).body.access_token ?? '';
    const { data: second, status } = await oauthClients.createOAuthClientSecret(client.clientId);
    expect(status).toBe(201);
    expect(second).toMatchObject({ clientId: client.clientId, hint: second.clientSecret.slice(-5) });
    const hint = client.clientSecret.slice(-5);
    expect((await oauthClients.deleteOAuthClientSecret(client.clientId, hint)).status).toBe(204);
    expect((await refusal(oauthClients.deleteOAuthClientSecret(client.clientId, hint))).status).toBe(404);
    expect((await impersonate(tenant, client, id)).status).toBe(401);
    expect((await impersonate(tenant, second, id)).status).toBe(200);
    expect((await call(tenant, 'GET', '/api/v1/users/me', { token })).status).toBe(200);
  });
});

test('consent is read, changed and taken back at connection-configs/me', async () => {
  const tenant = await testTenant();
  const { oauthClients } = qlikApiAsAdmin(tenant);
  const { clientId } = await impersonationClient(tenant);
  const read = async () =>
    (await oauthClients.getOAuthClientConnectionConfig(clientId, { noCache: true })).data;
  expect(await read()).toEqual({ consentMethod: 'trusted', status: 'active' });
  expect((await oauthClients.deleteOAuthClientConnectionConfig(clientId)).status).toBe(204);
  expect(await read()).toMatchObject({ consentMethod: 'required' });
  const patch = (body: unknown[]) =>
    call(tenant, 'PATCH', `/api/v1/oauth-clients/${clientId}/connection-configs/me`, {
      body,
      token: tenant.state.adminToken(),
    });
  expect((await patch([{ op: 'replace', path: '/consentMethod', value: 'always' }])).status).toBe(400);
  expect((await patch([{ op: 'replace', path: '/status', value: 'x' }])).status).toBe(400);
  const done = await patch([{ op: 'replace', path: '/consentMethod', value: 'trusted' }]);
  expect([done.status, done.text]).toEqual([204, '']);
});
