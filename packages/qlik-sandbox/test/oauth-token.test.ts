import { auth, createQlikApi } from '@qlik/api';
import { describe, expect, test } from 'vitest';
import {
  analyst,
  call,
  type Client,
  HandClock,
  IMPERSONATION,
  impersonate,
  impersonationBody,
  impersonationClient,
  qlikApiAsAdmin,
  qlikApiWith,
  testTenant,
  textLike,
} from './support.ts';

describe('client_credentials', () => {
  test('@qlik/api gets the management client a token that administers the tenant', async () => {
    const tenant = await testTenant();
    const api = createQlikApi({
      hostConfig: {
        authType: 'oauth2',
        host: tenant.host,
        ...tenant.managementClient,
        scope: 'admin_classic',
      },
    });
    const created = await api.users.createUser({
      subject: 'acme|asia',
      name: 'Asia analyst',
      email: 'asia@acme.example',
    });
    expect(created.status).toBe(201);
    expect(tenant.state.journal.count({ grant: 'client_credentials' })).toBe(1);
  });

  test('the answer tells scope, type and both forms of the end', async () => {
    const clock = new HandClock();
    const tenant = await testTenant({}, clock);
    const { clientId, clientSecret } = tenant.managementClient;
    const body = {
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'client_credentials',
      scope: 'admin',
    };
    const answer = await call(tenant, 'POST', '/oauth/token', { body });
    expect(answer.body).toEqual({
      access_token: textLike(/^eyJ/),
      token_type: 'bearer',
      scope: 'admin',
      expires_at: new Date(clock.now() + 21_600_000).toISOString(),
      expires_in: 21_600,
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['expires_at', 'expires_in'] as const)(
    'a tenant can be told to answer with %s alone',
    async (field) => {
      const tenant = await testTenant({ expiryFields: field });
      const answer = await impersonate(tenant, await impersonationClient(tenant), analyst(tenant).id);
      const ends = Object.keys(answer.body).filter((key) => key.startsWith('expires'));
      expect(ends).toEqual([field]);
    },
  );

  test('a form body works as JSON does, and a parameter given twice is refused', async () => {
    const tenant = await testTenant();
    const { clientId, clientSecret } = tenant.managementClient;
    const form = new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'client_credentials',
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await call(tenant, 'POST', '/oauth/token', { body: form.toString(), headers })).status).toBe(200);
    form.append('client_id', clientId);
    expect((await call(tenant, 'POST', '/oauth/token', { body: form.toString(), headers })).status).toBe(400);
  });
});

describe('impersonation', () => {
  test('@qlik/api mints a token that speaks for the user, by userId and by subject', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    const user = analyst(tenant);
    for (const lookup of [{ userId: user.id }, { subject: user.subject }]) {
      const accessToken = await auth.getAccessToken({
        hostConfig: { authType: 'oauth2', host: tenant.host, ...client, ...lookup, noCache: true },
      });
      const me = await qlikApiWith(tenant, accessToken).users.getMyUser({ noCache: true });
      expect(me.data).toMatchObject({ id: user.id, subject: user.subject, email: 'europe@acme.example' });
    }
  });

  test('a form body carries user_lookup in brackets or as JSON', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    const user = analyst(tenant);
    const forms: Record<string, string>[] = [
      { 'user_lookup[field]': 'userId', 'user_lookup[value]': user.id },
      { user_lookup: JSON.stringify({ field: 'userId', value: user.id }) },
    ];
    for (const form of forms) {
      const answer = await call(tenant, 'POST', '/oauth/token', {
        body: new URLSearchParams({
          client_id: client.clientId,
          client_secret: client.clientSecret,
          grant_type: IMPERSONATION,
          ...form,
        }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(answer.status).toBe(200);
    }
  });

  test('a client without trusted consent is refused', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    await qlikApiAsAdmin(tenant).oauthClients.deleteOAuthClientConnectionConfig(client.clientId);
    const answer = await impersonate(tenant, client, analyst(tenant).id);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.[0]?.detail).toContain('consent');
  });

  test('neither an unknown user, nor a bot, nor an empty lookup is impersonated', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    const bot = tenant.state.botOf(client.clientId);
    for (const value of ['0123456789abcdef01234567', bot.id, '']) {
      expect((await impersonate(tenant, client, value)).status).toBe(400);
    }
    expect(tenant.state.tokens.list(bot.id)).toEqual([]);
  });

  test('the user of the tenant next door is unknown here', async () => {
    const [acme, globex] = [await testTenant(), await testTenant()];
    const client = await impersonationClient(acme);
    expect((await impersonate(acme, client, analyst(globex).id)).status).toBe(400);
    const foreign = await impersonate(
      globex,
      await impersonationClient(globex),
      analyst(globex, 'acme|asia').id,
    );
    const answer = await call(acme, 'GET', '/api/v1/users/me', { token: foreign.body.access_token ?? '' });
    expect(answer.status).toBe(401);
  });

  test('a disabled user gets 403, and loses the tokens held', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    const user = analyst(tenant);
    const before = await impersonate(tenant, client, user.id);
    await qlikApiAsAdmin(tenant).users.patchUser(user.id, [
      { op: 'replace', path: '/status', value: 'disabled' },
    ]);
    expect((await impersonate(tenant, client, user.id)).status).toBe(403);
    const answer = await call(tenant, 'GET', '/api/v1/users/me', { token: before.body.access_token ?? '' });
    expect(answer.status).toBe(401);
  });

  test('the token cap answers 403 until a token ends or is revoked', async () => {
    const clock = new HandClock();
    const tenant = await testTenant({ maxLiveTokensPerUser: 2, tokenLifetimeSeconds: 60 }, clock);
    const client = await impersonationClient(tenant);
    const user = analyst(tenant);
    const mint = () => impersonate(tenant, client, user.id);
    await mint();
    const second = await mint();
    expect((await mint()).status).toBe(403);
    await call(tenant, 'POST', '/oauth/revoke', { body: { token: second.body.access_token } });
    expect((await mint()).status).toBe(200);
    expect((await mint()).status).toBe(403);
    clock.advanceSeconds(60);
    expect((await mint()).status).toBe(200);
  });

  test('an expired token is 401', async () => {
    const clock = new HandClock();
    const tenant = await testTenant({}, clock);
    const answer = await impersonate(tenant, await impersonationClient(tenant), analyst(tenant).id);
    const me = () => call(tenant, 'GET', '/api/v1/users/me', { token: answer.body.access_token ?? '' });
    clock.advanceSeconds(21_599);
    expect((await me()).status).toBe(200);
    clock.advanceSeconds(1);
    expect((await me()).status).toBe(401);
  });
});

describe('what a client is not allowed', () => {
  test('grants and scopes outside its own are 400', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant, { allowedGrantTypes: ['client_credentials'] });
    const user = analyst(tenant);
    expect((await impersonate(tenant, client, user.id)).status).toBe(400);
    const other = await impersonationClient(tenant);
    const body = { ...impersonationBody(other, user.id), scope: 'user_default admin_classic' };
    expect((await call(tenant, 'POST', '/oauth/token', { body })).status).toBe(400);
  });

  test('wrong credentials are 401, one answer for a known and an unknown client', async () => {
    const tenant = await testTenant();
    const client = await impersonationClient(tenant);
    const { id } = analyst(tenant);
    const wrongSecret = await impersonate(tenant, { ...client, clientSecret: 'f'.repeat(64) }, id);
    const unknown = await impersonate(tenant, { ...client, clientId: 'f'.repeat(32) }, id);
    expect(wrongSecret.status).toBe(401);
    expect({ ...unknown.body, traceId: '' }).toEqual({ ...wrongSecret.body, traceId: '' });
  });

  test.each([
    {},
    { grant_type: 'password' },
    { grant_type: 'client_credentials' },
    { grant_type: ['client_credentials'] },
    { grant_type: 'client_credentials', client_id: { $ne: '' }, client_secret: 'x' },
  ])('a request that is none is 400: %j', async (body) => {
    const tenant = await testTenant();
    expect((await call(tenant, 'POST', '/oauth/token', { body })).status).toBe(400);
  });
});

describe('revoking', () => {
  test('ends the token at once, and is 200 for a token nobody knows', async () => {
    const tenant = await testTenant();
    const token = tenant.state.adminToken();
    expect(
      (await call(tenant, 'POST', '/oauth/revoke', { body: { token, token_type_hint: 'access_token' } }))
        .status,
    ).toBe(200);
    expect((await call(tenant, 'GET', '/api/v1/users/me', { token })).status).toBe(401);
    expect((await call(tenant, 'POST', '/oauth/revoke', { body: { token: 'unknown' } })).status).toBe(200);
  });

  test('a client that proves itself revokes its own tokens only', async () => {
    const tenant = await testTenant();
    const [own, other] = [await impersonationClient(tenant), await impersonationClient(tenant)];
    const token = (await impersonate(tenant, own, analyst(tenant).id)).body.access_token ?? '';
    const revokeAs = ({ clientId, clientSecret }: Client) =>
      call(tenant, 'POST', '/oauth/revoke', {
        body: { token, client_id: clientId, client_secret: clientSecret },
      });
    await revokeAs(other);
    expect(tenant.state.authenticate(token)).toBeDefined();
    await revokeAs(own);
    expect(tenant.state.authenticate(token)).toBeUndefined();
  });
});

test('the tenant publishes where and how to get tokens (RFC 8414)', async () => {
  const tenant = await testTenant();
  const { body } = await call(tenant, 'GET', '/.well-known/oauth-authorization-server');
  expect(body).toMatchObject({
    issuer: tenant.host,
    token_endpoint: `${tenant.host}/oauth/token`,
    revocation_endpoint: `${tenant.host}/oauth/revoke`,
  });
});
