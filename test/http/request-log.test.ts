import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startPortal, type TestPortal } from '../support/portal.ts';

const line = z.object({
  level: z.string(),
  time: z.int(),
  msg: z.string(),
  requestId: z.string(),
  method: z.string(),
  route: z.string(),
  status: z.number(),
  ms: z.number().nonnegative(),
  code: z.string().optional(),
  aborted: z.boolean().optional(),
});

let portal: TestPortal;
let cookie: string;
beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn(await portal.addUser(await portal.addTenant()));
});
afterAll(() => portal.close());

/** The one line of a request, once it is written: the answer may be here a moment before it. */
async function lineOf(requestId: string) {
  return expect
    .poll(() => linesOf(requestId))
    .toHaveLength(1)
    .then(() => line.parse(linesOf(requestId)[0]));
}

function linesOf(requestId: string): unknown[] {
  return portal.logged
    .map((each): unknown => JSON.parse(each))
    .filter((each) => line.safeParse(each).data?.requestId === requestId);
}

describe('one line a request [ASVS 16.2.1, 16.2.4, 16.3.2]', () => {
  test.each([
    ['GET', '/api/qlik-token?secret=1', '/api/qlik-token', 200, undefined],
    ['GET', '/css/base.css', '/css/*file', 200, undefined],
    ['GET', '/no/such/page?token=x', 'unmatched', 404, 'not_found'],
    ['DELETE', '/login', '/login', 405, 'method_not_allowed'],
    ['POST', '/api/qlik-token', '/api/qlik-token', 400, 'invalid_request'],
  ] as const)('%s %s', async (method, path, route, status, code) => {
    const answer = await fetch(portal.url + path, { method, headers: { Cookie: cookie } });
    await answer.arrayBuffer();
    const entry = await lineOf(answer.headers.get('X-Request-Id')!);
    expect(entry).toMatchObject({ level: 'info', msg: 'request', method, route, status });
    expect(entry.code).toBe(code);
    expect(JSON.stringify(entry)).not.toMatch(/secret=|token=|127\.0\.0\.1/);
  });

  test('probes are too many for info', async () => {
    const answer = await portal.request.get('/readyz');
    expect(await lineOf(answer.get('X-Request-Id')!)).toMatchObject({ level: 'debug', route: '/readyz' });
  });

  test('a caller who went away before the answer is told from one who got it', async () => {
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    portal.broker.onRequest = asked.resolve;
    portal.broker.gate = gate.promise;
    const leaving = new AbortController();
    const gone = fetch(`${portal.url}/api/qlik-token`, {
      headers: { Cookie: cookie, 'X-Request-Id': 'gone-1' },
      signal: leaving.signal,
    }).catch(() => 'gone');
    await asked.promise;
    leaving.abort();
    expect(await gone).toBe('gone');
    expect(await lineOf('gone-1')).toMatchObject({ aborted: true });
    portal.broker.gate = undefined;
    gate.resolve();
  });
});

describe('the request id', () => {
  test('of the caller is taken over, and given back', async () => {
    const answer = await portal.request.get('/api/nowhere').set('X-Request-Id', 'proxy-1.2_3');
    expect(answer.get('X-Request-Id')).toBe('proxy-1.2_3');
    expect(answer.body).toHaveProperty('traceId', 'proxy-1.2_3');
  });

  test.each(['a b', '<script>', 'x'.repeat(129), '{"a":1}', 'ä'])(
    'is made anew instead of %.20s [ASVS 16.4.1]',
    async (id) => {
      const answer = await fetch(`${portal.url}/login`, { headers: { 'X-Request-Id': id } });
      await answer.arrayBuffer();
      expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('is in the audit log as well', async () => {
    const who = await portal.addUser(await portal.addTenant());
    await portal.request
      .post('/login')
      .set('X-Request-Id', 'audited-1')
      .send({ email: who.account.email, password: who.password });
    const [event] = await portal.storage.audit.read({ userId: who.account.id });
    expect(event).toMatchObject({ action: 'sign-in', requestId: 'audited-1' });
  });
});

describe('secrets stay out of the log', () => {
  test('of a body that cannot be read: the parser quotes it in its error', async () => {
    // Short, because the parser quotes only a little.
    const secret = 'hunter2';
    portal.hide(secret);
    const answer = await fetch(`${portal.url}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: `{"password":${secret}}`,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain(secret);
    expect(portal.logged.join('')).not.toContain(secret);
  });

  test('and the check that every suite ends with would notice one [ASVS 16.2.5]', async () => {
    const leaky = await startPortal();
    leaky.hide('a-secret');
    await leaky.request.get('/login').set('X-Request-Id', 'a-secret');
    await expect(leaky.close()).rejects.toThrow('the log holds what it must not');
  });
});
