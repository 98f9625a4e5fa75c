import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

let portal: TestPortal;
let cookie: string;
beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn(await portal.addUser(await portal.addTenant()));
});
afterEach(() => void (portal.broker.failure = undefined));
afterAll(() => portal.close());

function askForToken() {
  return portal.request.get('/api/qlik-token').set('Cookie', cookie);
}

describe('each failure of the token has its own status and code, and none of them is a 401', () => {
  test.each([
    ['tenant_disabled', 403],
    ['qlik_user_disabled', 403],
    ['qlik_token_limit', 403],
    ['qlik_user_not_linked', 409],
    ['qlik_client_rejected', 502],
    ['qlik_bad_response', 502],
    ['qlik_token_refused', 502],
    ['qlik_rate_limited', 503],
    ['qlik_unavailable', 503],
    ['qlik_timeout', 504],
  ] as const)('%s: %i', async (code, status) => {
    const cause = new Error('what the tenant said', { cause: new Error('deeper') });
    portal.broker.failure = new PortalError(code, { retryAfterS: 12.2, qlikTraceId: `trace-${code}`, cause });
    const answer = await askForToken();
    expect([answer.status, answer.body]).toEqual([
      status,
      {
        type: `urn:problem-type:portal:${code}`,
        title: expect.stringMatching(/./) as unknown,
        status,
        detail: expect.stringMatching(/./) as unknown,
        code,
        traceId: answer.get('X-Request-Id'),
      },
    ]);
    expect(answer.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.get('Retry-After')).toBe('13');
    expect(answer.text).not.toMatch(/trace-|what the tenant said|deeper/);

    const line = portal.logged.find((each) => each.includes(`trace-${code}`));
    expect(line).toContain(`"requestId":"${answer.get('X-Request-Id')}"`);
    expect(line).toMatch(/what the tenant said.*deeper/);
  });

  test('whoever gets a 503 is told when to come back, and nobody else without a reason', async () => {
    portal.broker.failure = new PortalError('qlik_unavailable');
    expect((await askForToken()).get('Retry-After')).toBe('5');
    portal.broker.failure = new PortalError('qlik_bad_response');
    expect((await askForToken()).get('Retry-After')).toBeUndefined();
  });

  test('an account that has no Qlik user, and a tenant that is not provisioned', async () => {
    const bare = await portal.addTenant({ impersonation: null });
    const unlinked = await portal.addUser(await portal.addTenant(), { qlikUser: null });
    for (const [who, code] of [
      [unlinked, 'qlik_user_not_linked'],
      [await portal.addUser(bare), 'tenant_not_provisioned'],
    ] as const) {
      const answer = await portal.request.get('/api/qlik-token').set('Cookie', await portal.signIn(who));
      expect(answer.status).not.toBe(401);
      expect(answer.body).toHaveProperty('code', code);
    }
  });
});

describe('what nobody foresaw', () => {
  test.each([
    [
      'an error',
      Object.assign(new Error('secret plans'), { body: 'password=hunter2', config: { auth: 'hunter2' } }),
    ],
    ['an error that claims a status', Object.assign(new Error('secret plans'), { status: 700 })],
    ['an error that says 500', Object.assign(new Error('secret plans'), { status: 500, expose: true })],
  ])(
    '%s is internal_error without detail, and in the log without what hung on it [ASVS 16.3.4, 16.5.1]',
    async (_what, failure) => {
      portal.hide('hunter2');
      portal.broker.failure = failure;
      const answer = await askForToken();
      expect([answer.status, answer.body]).toEqual([
        500,
        expect.objectContaining({ code: 'internal_error' }),
      ]);
      expect(answer.text).not.toMatch(/secret plans|hunter2|\.ts|node_modules/);
      const line = portal.logged.find((each) => each.includes(`"requestId":"${answer.get('X-Request-Id')}"`));
      expect(line).toContain('secret plans');
      expect(line).toContain('"level":"error"');
    },
  );

  test.each([undefined, null, 'text', 0, {}])('also when %j is thrown', async (thrown) => {
    const odd = await startPortal({
      replace: ({ storage }) => ({
        storage: { ...storage, accounts: { ...storage.accounts, findByEmail: () => Promise.reject(thrown) } },
      }),
    });
    const answer = await odd.request.post('/login').send({ email: 'a@b.example', password: 'x' });
    expect([answer.status, answer.body]).toEqual([500, expect.objectContaining({ code: 'internal_error' })]);
    await odd.close();
  });
});

describe('a person who opens a page gets a page', () => {
  const html = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  test('that says what happened and what to do, with the id that support asks for', async () => {
    const answer = await portal.request.get('/no/such/<page>').set('Accept', html);
    expect(answer.status).toBe(404);
    expect(answer.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.text).toContain('<h1>There is nothing at this address</h1>');
    expect(answer.text).toContain(answer.get('X-Request-Id'));
    expect(answer.text).not.toContain('/no/such');
    expect(answer.text).not.toMatch(/<script|\s(?:style|on\w+)=/);
  });

  test('also where the portal itself cannot read its sessions', async () => {
    const broken = await startPortal();
    const known = await broken.signIn(await broken.addUser(await broken.addTenant()));
    broken.storage.sessions.get = (_sid, done) => done(new Error('the database is away'));
    const answer = await broken.request.get('/').set('Accept', html).set('Cookie', known);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Try again in a moment.');
    await broken.close();
  });

  test('but under /api everybody gets the problem document', async () => {
    const answer = await portal.request.get('/api/no/such').set('Accept', html);
    expect(answer.status).toBe(404);
    expect(answer.body).toHaveProperty('code', 'not_found');
  });

  test('and a program gets it everywhere', async () => {
    for (const accept of ['application/json', 'application/problem+json', '*/*', '', 'image/png']) {
      const answer = await portal.request.get('/no/such').set('Accept', accept);
      expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
    }
  });
});

describe('methods that an address does not take', () => {
  test.each([
    ['/api/qlik-token', 'put', 'GET, HEAD, POST'],
    ['/api/embed', 'delete', 'GET, HEAD'],
    ['/api/embed', 'post', 'GET, HEAD'],
    ['/login', 'patch', 'GET, HEAD, POST'],
    ['/logout', 'get', 'POST'],
    ['/', 'post', 'GET, HEAD'],
    ['/healthz', 'post', 'GET, HEAD'],
    ['/css/base.css', 'delete', 'GET, HEAD'],
    ['/api/embed', 'options', 'GET, HEAD'],
  ] as const)('%s %s', async (path, method, allow) => {
    const answer = await portal.request[method](path).set('Cookie', cookie);
    expect([answer.status, answer.get('Allow')]).toEqual([405, allow]);
    expect(answer.body).toHaveProperty('code', 'method_not_allowed');
  });

  test('signing out by a link or an image is not possible', async () => {
    await portal.request.get('/logout').set('Cookie', cookie);
    expect((await askForToken()).status).toBe(200);
  });
});
