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

describe('failures of the token request', () => {
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
  ] as const)('%s is answered by its own status %i, never by 401', async (code, status) => {
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

  test('a 503 always carries Retry-After, a 502 only where its cause names a time', async () => {
    portal.broker.failure = new PortalError('qlik_unavailable');
    expect((await askForToken()).get('Retry-After')).toBe('5');
    portal.broker.failure = new PortalError('qlik_bad_response');
    expect((await askForToken()).get('Retry-After')).toBeUndefined();
  });

  test('an account without a Qlik user and a tenant that is not provisioned have codes of their own', async () => {
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

describe('unexpected errors', () => {
  test.each([
    [
      'an error',
      Object.assign(new Error('secret plans'), { body: 'password=hunter2', config: { auth: 'hunter2' } }),
    ],
    ['an error that claims a status', Object.assign(new Error('secret plans'), { status: 700 })],
    ['an error that says 500', Object.assign(new Error('secret plans'), { status: 500, expose: true })],
  ])(
    '%s is answered as internal_error without details, and logged without its extra properties [ASVS 16.3.4, 16.5.1]',
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

  test.each([undefined, null, 'text', 0, {}])('a thrown %j is answered as internal_error', async (thrown) => {
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

describe('the problem page', () => {
  const html = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  test('a problem page says what happened, what to do, and the request id', async () => {
    const answer = await portal.request.get('/no/such/<page>').set('Accept', html);
    expect(answer.status).toBe(404);
    expect(answer.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.text).toContain('<h1>There is nothing at this address</h1>');
    expect(answer.text).toContain(answer.get('X-Request-Id'));
    expect(answer.text).not.toContain('/no/such');
    expect(answer.text).not.toMatch(/<script|\s(?:style|on\w+)=/);
  });

  test('a browser gets the problem page where the session store fails', async () => {
    const broken = await startPortal();
    const known = await broken.signIn(await broken.addUser(await broken.addTenant()));
    broken.storage.sessions.get = (_sid, done) => done(new Error('the database is away'));
    const answer = await broken.request.get('/').set('Accept', html).set('Cookie', known);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Try again in a moment.');
    await broken.close();
  });

  test('paths under /api answer browsers with the problem document', async () => {
    const answer = await portal.request.get('/api/no/such').set('Accept', html);
    expect(answer.status).toBe(404);
    expect(answer.body).toHaveProperty('code', 'not_found');
  });

  test('programs get the problem document at every path', async () => {
    for (const accept of ['application/json', 'application/problem+json', '*/*', '', 'image/png']) {
      const answer = await portal.request.get('/no/such').set('Accept', accept);
      expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
    }
  });
});

describe('methods that a path does not support', () => {
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
  ] as const)('%s refuses %s and names its methods in Allow', async (path, method, allow) => {
    const answer = await portal.request[method](path).set('Cookie', cookie);
    expect([answer.status, answer.get('Allow')]).toEqual([405, allow]);
    expect(answer.body).toHaveProperty('code', 'method_not_allowed');
  });

  test('a GET of /logout does not sign out', async () => {
    await portal.request.get('/logout').set('Cookie', cookie);
    expect((await askForToken()).status).toBe(200);
  });
});
