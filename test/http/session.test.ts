import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import {
  ABSOLUTE_LIMIT_MS,
  IDLE_LIMIT_MS,
  SESSION_SECRET,
  sessionCookieOf,
  startPortal,
  type TestPortal,
  type TestUser,
} from '../support/portal.ts';
import { endOf, signedCookie, statusWith } from '../support/session-cookies.ts';

let portal: TestPortal;
let acme: Tenant;
let analyst: TestUser;
beforeAll(async () => {
  portal = await startPortal();
  acme = await portal.addTenant();
  analyst = await portal.addUser(acme);
});
afterAll(() => portal.close());

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

describe('anti-fixation', () => {
  test('signing in changes the session id and ends the session that the browser came with [ASVS 7.2.2, 7.2.4]', async () => {
    const before = await portal.signIn(analyst);
    const answer = await portal.request
      .post('/login')
      .set('Cookie', before)
      .send({ email: analyst.account.email, password: analyst.password });
    const after = sessionCookieOf(answer.get('Set-Cookie'));
    expect(after).not.toBe(before);
    expect(await statusWith(after, portal)).toBe(200);
    expect(await statusWith(before, portal)).toBe(401);
  });

  test('a session id chosen by somebody else is never taken over, not even well signed [ASVS 7.2.3]', async () => {
    const planted = signedCookie('planted', SESSION_SECRET);
    const answer = await portal.request
      .post('/login')
      .set('Cookie', planted)
      .send({ email: analyst.account.email, password: analyst.password });
    expect(sessionCookieOf(answer.get('Set-Cookie'))).not.toContain('planted');
    expect(await statusWith(planted, portal)).toBe(401);
  });

  test('who is not signed in gets no session', async () => {
    for (const path of ['/', '/login', '/api/embed', '/nowhere']) {
      const answer = await portal.request.get(path);
      expect(answer.get('Set-Cookie')).toBeUndefined();
    }
  });
});

describe('signing out', () => {
  test('ends the session: a copy of the cookie is worth nothing afterwards [ASVS 7.4.1] [RFC 10017 6.2.2.1, 6.2.2.4]', async () => {
    const cookie = await portal.signIn(analyst);
    const answer = await portal.request.post('/logout').set('Cookie', cookie).set('Accept', 'text/html');
    expect(answer.status).toBe(303);
    expect(answer.get('Location')).toBe('/login#signed_out');
    expect(answer.get('Clear-Site-Data')).toBe('"cache"');
    expect(answer.get('Set-Cookie')).toEqual([
      expect.stringMatching(/^portal=; Path=\/; Expires=Thu, 01 Jan 1970/),
    ]);
    expect(await statusWith(cookie, portal)).toBe(401);
  });

  test('is written to the audit log, once', async () => {
    const who = await portal.addUser(acme);
    const cookie = await portal.signIn(who);
    for (let time = 0; time < 2; time += 1) {
      await portal.request.post('/logout').set({ Cookie: cookie, 'X-Request-Id': `sign-out-${time}` });
    }
    const events = await portal.storage.audit.read({ userId: who.account.id, action: 'sign-out' });
    expect(events).toMatchObject([{ result: 'ok', actor: who.account.id, requestId: 'sign-out-0' }]);
  });

  test('answers programs with 204', async () => {
    const cookie = await portal.signIn(analyst);
    const answer = await portal.request
      .post('/logout')
      .set('Cookie', cookie)
      .set('Accept', 'application/json');
    expect(answer.status).toBe(204);
    expect(await statusWith(cookie, portal)).toBe(401);
  });

  test('may be done twice, or without ever having signed in', async () => {
    const cookie = await portal.signIn(analyst);
    for (const header of [cookie, cookie, 'portal=nonsense', '']) {
      const answer = await portal.request.post('/logout').set('Cookie', header);
      expect(answer.status).toBe(303);
    }
  });

  test('leaves the other sessions of the same person alone', async () => {
    const [here, there] = [await portal.signIn(analyst), await portal.signIn(analyst)];
    await portal.request.post('/logout').set('Cookie', here);
    expect(await statusWith(there, portal)).toBe(200);
  });

  test('holds against a request that was under way: its end does not bring the session back [ASVS 7.4.1]', async () => {
    const cookie = await portal.signIn(analyst);
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    portal.broker.gate = gate.promise;
    portal.broker.onRequest = asked.resolve;
    const underWay = statusWith(cookie, portal);
    await asked.promise;
    await portal.request.post('/logout').set('Cookie', cookie);
    portal.broker.gate = undefined;
    gate.resolve();
    await underWay;
    expect(await statusWith(cookie, portal)).toBe(401);
  });
});

describe('limits of a session', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  test('idle: it ends an hour after the last request, and each request prolongs it [ASVS 7.3.1]', async () => {
    const cookie = await portal.signIn(analyst);
    for (let request = 0; request < 3; request += 1) {
      pass(IDLE_LIMIT_MS - 60_000);
      expect(await statusWith(cookie, portal)).toBe(200);
    }
    pass(IDLE_LIMIT_MS);
    expect(await statusWith(cookie, portal)).toBe(401);
    vi.setSystemTime(Date.now() - IDLE_LIMIT_MS);
  });

  test('absolute: it ends twelve hours after sign-in, used or not, and is deleted from the store [ASVS 7.3.2]', async () => {
    const cookie = await portal.signIn(analyst);
    for (let passed = 0; passed + IDLE_LIMIT_MS / 2 < ABSOLUTE_LIMIT_MS; passed += IDLE_LIMIT_MS / 2) {
      pass(IDLE_LIMIT_MS / 2);
      expect(await statusWith(cookie, portal)).toBe(200);
    }
    pass(IDLE_LIMIT_MS / 2);
    const answer = await portal.request.get('/api/embed').set('Cookie', cookie);
    expect(answer.status).toBe(401);
    expect(answer.get('Set-Cookie')).toEqual([expect.stringMatching(/^portal=;/)]);
    // Back in time: were it only refused, it would be good again.
    pass(-IDLE_LIMIT_MS);
    expect(await statusWith(cookie, portal)).toBe(401);
  });

  test('the cookie ends with the idle limit in the browser as well', async () => {
    const browser = portal.browser();
    await browser.post('/login').send({ email: analyst.account.email, password: analyst.password });
    const answer = await browser.get('/api/embed');
    const remaining = endOf(answer.get('Set-Cookie')) - Date.now();
    expect(remaining).toBeGreaterThan(IDLE_LIMIT_MS - 2000);
    expect(remaining).toBeLessThanOrEqual(IDLE_LIMIT_MS);
  });
});
