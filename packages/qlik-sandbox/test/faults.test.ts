import { createQlikApi } from '@qlik/api';
import { describe, expect, test, vi } from 'vitest';
import type { RegionTenant } from '../src/region.ts';
import {
  analyst,
  call,
  HandClock,
  IMPERSONATION,
  impersonate,
  impersonationBody,
  impersonationClient,
  qlikApiWith,
  refusal,
  someText,
  testRegion,
  testTenant,
} from './support.ts';

const TOKEN = { path: '/oauth/token', method: 'POST' };

async function ready(clock?: HandClock) {
  const tenant = await testTenant({}, clock);
  const client = await impersonationClient(tenant);
  const user = analyst(tenant);
  const token = (await impersonate(tenant, client, user.id)).body.access_token ?? '';
  tenant.state.journal.clear();
  const { faults } = tenant.state;
  return {
    tenant,
    client,
    user,
    token,
    faults,
    mint: () => impersonate(tenant, client, user.id),
    me: () => me(tenant, token),
  };
}

const me = (tenant: RegionTenant, token: string) => call(tenant, 'GET', '/api/v1/users/me', { token });

/** The code, or else the words, of the network failure `fetch` met. */
async function networkFailure(attempt: Promise<unknown>): Promise<unknown> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return undefined;
  return 'code' in cause ? cause.code : cause.message;
}

describe('faults', () => {
  test('delay holds the answer back', async () => {
    const { faults, mint } = await ready();
    faults.add({ kind: 'delay', ms: 150, match: TOKEN, times: 1 });
    const started = performance.now();
    expect((await mint()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(140);
  });

  test('a delay ends when its fault is cleared', async () => {
    const { faults, mint } = await ready();
    const fault = faults.add({ kind: 'delay', ms: 3_600_000, match: TOKEN });
    const answer = mint();
    await expect.poll(() => fault.hits).toBe(1);
    faults.clear(fault.id);
    expect((await answer).status).toBe(200);
  });

  test('429 carries the seconds it was given, before any token is minted', async () => {
    const { faults, mint, tenant, user } = await ready();
    faults.add({ kind: 'status', status: 429, retryAfterSeconds: 7, match: TOKEN });
    const { status, headers, body } = await mint();
    expect([status, headers.get('retry-after')]).toEqual([429, '7']);
    expect(body.errors?.[0]?.detail).toBe('You need to wait 7 seconds until limit is lifted.');
    expect(tenant.state.tokens.list(user.id)).toHaveLength(1);
  });

  test.each([500, 502, 503, 504])('%i comes in Qlik’s shape', async (status) => {
    const { faults, mint } = await ready();
    faults.add({ kind: 'status', status });
    const answer = await mint();
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ errors: [{ code: `HTTP-${status}` }], traceId: someText });
  });

  test('hang never answers, until the caller gives up', async () => {
    const { faults, tenant, client, user } = await ready();
    faults.add({ kind: 'hang', match: TOKEN });
    const attempt = fetch(`${tenant.host}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(impersonationBody(client, user.id)),
      signal: AbortSignal.timeout(200),
    });
    await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(tenant.state.journal.list()).toMatchObject([
      { path: '/oauth/token', status: 0, faults: ['hang'] },
    ]);
  });

  test('reset cuts the connection before any answer', async () => {
    const { faults, mint, tenant } = await ready();
    faults.add({ kind: 'reset', match: TOKEN, times: 1 });
    expect(await networkFailure(mint())).toBe('ECONNRESET');
    expect(tenant.state.journal.list()[0]).toMatchObject({ status: 0, faults: ['reset'] });
    expect((await mint()).status).toBe(200);
  });

  test('reset afterBytes cuts it in the middle of the answer, the work being done', async () => {
    const { faults, mint, tenant, user } = await ready();
    faults.add({ kind: 'reset', afterBytes: 20, match: TOKEN });
    expect(await networkFailure(mint())).toBeDefined();
    expect(tenant.state.tokens.list(user.id)).toHaveLength(2);
  });

  test('malformed answers 200 with JSON that does not end', async () => {
    const { faults, mint } = await ready();
    faults.add({ kind: 'malformed', match: TOKEN });
    const { status, headers, text } = await mint();
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(text).toMatch(/^\{"access_token":"/);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  });

  test.each(['expired-token', 'revoked-token'] as const)(
    '%s kills the token a request carries, for good',
    async (kind) => {
      const { faults, me: ask } = await ready();
      faults.add({ kind, match: { path: '/api/v1/users/me' }, times: 1 });
      expect((await ask()).status).toBe(401);
      expect((await ask()).status).toBe(401);
    },
  );

  test.each(['expired-token', 'revoked-token'] as const)(
    '%s mints a token that is dead on arrival',
    async (kind) => {
      const { faults, mint, tenant } = await ready();
      faults.add({ kind, match: TOKEN, times: 1 });
      const { status, body } = await mint();
      expect(status).toBe(200);
      expect((await me(tenant, body.access_token ?? '')).status).toBe(401);
    },
  );

  test('disabled-user: 403 for a token, 401 with one, until cleared', async () => {
    const { faults, mint, user, me: ask } = await ready();
    const fault = faults.add({ kind: 'disabled-user', match: { userId: user.id } });
    expect([(await mint()).status, (await ask()).status]).toEqual([403, 401]);
    faults.clear(fault.id);
    expect([(await mint()).status, (await ask()).status]).toEqual([200, 200]);
  });

  test('token-cap: 403, told from a disabled user by its words alone', async () => {
    const { faults, mint } = await ready();
    faults.add({ kind: 'token-cap', times: 1 });
    const capped = await mint();
    faults.add({ kind: 'disabled-user', times: 1 });
    const disabled = await mint();
    expect([capped.status, disabled.status]).toEqual([403, 403]);
    expect(JSON.stringify(capped.body)).toContain('maximum number of tokens');
    expect(JSON.stringify(disabled.body)).not.toContain('maximum number of tokens');
  });

  test('clock-skew shows in the Date header and in expires_at, not in the token’s true life', async () => {
    const clock = new HandClock();
    const { faults, mint, tenant } = await ready(clock);
    faults.add({ kind: 'clock-skew', ms: -3_600_000, match: TOKEN });
    const { headers, body } = await mint();
    expect(headers.get('date')).toBe(new Date(clock.now() - 3_600_000).toUTCString());
    expect(body.expires_at).toBe(new Date(clock.now() + 21_600_000 - 3_600_000).toISOString());
    expect(body.expires_in).toBe(21_600);
    clock.advanceSeconds(21_599);
    expect((await me(tenant, body.access_token ?? '')).status).toBe(200);
  });
});

describe('aiming', () => {
  test('by grant, client, user and path, and by how often', async () => {
    const { tenant, faults, client, user, mint, me: ask } = await ready();
    const other = analyst(tenant, 'acme|asia');
    faults.add({
      kind: 'status',
      status: 503,
      times: 2,
      match: { grant: IMPERSONATION, clientId: client.clientId, userId: user.id },
    });
    expect((await impersonate(tenant, client, other.id)).status).toBe(200);
    expect((await ask()).status).toBe(200);
    expect([(await mint()).status, (await mint()).status, (await mint()).status]).toEqual([503, 503, 200]);
    expect(faults.list()).toEqual([]);
    faults.add({ kind: 'status', status: 503, match: { path: '/api/v1/*', method: 'get' } });
    expect([(await ask()).status, (await mint()).status]).toEqual([503, 200]);
  });

  test('one tenant’s faults are not the other’s', async () => {
    const region = await testRegion({ tenants: [{ name: 'acme' }, { name: 'globex' }] });
    region.tenant('acme').state.faults.add({ kind: 'status', status: 500 });
    const statuses = await Promise.all(
      region.tenants.map(async (tenant) => (await me(tenant, tenant.state.adminToken())).status),
    );
    expect(statuses).toEqual([500, 200]);
  });

  test('two faults can meet one request: late and broken', async () => {
    const { faults, mint, tenant } = await ready();
    faults.add({ kind: 'delay', ms: 5 });
    faults.add({ kind: 'status', status: 500 });
    expect((await mint()).status).toBe(500);
    expect(tenant.state.journal.list()[0]?.faults).toEqual(['delay', 'status']);
  });
});

describe('what Qlik’s client makes of them', () => {
  test('after a 401 it asks for its token again, and goes on with the new one', async () => {
    const { tenant } = await ready();
    const hostConfig = {
      authType: 'oauth2',
      host: tenant.host,
      ...tenant.managementClient,
      scope: 'admin',
    } as const;
    const { users } = createQlikApi({ hostConfig });
    await users.getUsers({}, { noCache: true });
    tenant.state.faults.add({ kind: 'revoked-token', match: { path: '/api/v1/users' }, times: 1 });
    expect((await users.getUsers({}, { noCache: true })).status).toBe(200);
    const asked = tenant.state.journal.list().filter(({ path }) => !path.endsWith('/product-info.json'));
    expect(asked.map(({ path, status }) => [path, status])).toEqual([
      ['/oauth/token', 200],
      ['/api/v1/users', 200],
      ['/api/v1/users', 401],
      ['/oauth/token', 200],
      ['/api/v1/users', 200],
    ]);
  });

  test('a refused token is an error it reports with Qlik’s code', async () => {
    const { tenant, token } = await ready();
    const said = vi.spyOn(console, 'error').mockReturnValue();
    tenant.state.faults.add({ kind: 'revoked-token', match: { path: '/api/v1/users/me' } });
    const refused = await refusal(qlikApiWith(tenant, token).users.getMyUser({ noCache: true }));
    expect(refused).toMatchObject({ status: 401, data: { errors: [{ code: 'HTTP-401' }] } });
    expect(said).toHaveBeenCalledWith(expect.stringContaining('HTTP-401'));
  });
});
