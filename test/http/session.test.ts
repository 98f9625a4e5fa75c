import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Tenant } from '../../src/domain/tenant.ts';
import {
  ABSOLUTE_LIMIT_MS,
  IDLE_LIMIT_MS,
  SESSION_SECRET,
  sessionCookieOf,
  startPortal,
  type TestPortal,
  type TestUser,
} from '../support/portal.ts';

let portal: TestPortal;
let acme: Tenant;
let analyst: TestUser;
beforeAll(async () => {
  portal = await startPortal();
  acme = await portal.addTenant();
  analyst = await portal.addUser(acme);
});
afterAll(() => portal.close());

/** A cookie as express-session signs it. */
function signedCookie(sessionId: string, secret: string): string {
  const signature = createHmac('sha256', secret).update(sessionId).digest('base64').replace(/=+$/, '');
  return `portal=${encodeURIComponent(`s:${sessionId}.${signature}`)}`;
}

/** When the browser forgets the cookie, in ms since the epoch. */
function endOf(setCookie: readonly string[] | undefined): number {
  return Date.parse(/Expires=([^;]+)/.exec(setCookie?.[0] ?? '')?.[1] ?? '');
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

async function statusWith(cookie: string, at = portal): Promise<number> {
  const { status } = await at.request.get('/api/qlik-token').set('Cookie', cookie);
  return status;
}

describe('anti-fixation', () => {
  test('signing in changes the session id and ends the session that the browser came with', async () => {
    const before = await portal.signIn(analyst);
    const answer = await portal.request
      .post('/login')
      .set('Cookie', before)
      .send({ email: analyst.user.email, password: analyst.password });
    const after = sessionCookieOf(answer.get('Set-Cookie'));
    expect(after).not.toBe(before);
    expect(await statusWith(after)).toBe(200);
    expect(await statusWith(before)).toBe(401);
  });

  test('a session id chosen by somebody else is never taken over, not even well signed', async () => {
    const planted = signedCookie('planted', SESSION_SECRET);
    const answer = await portal.request
      .post('/login')
      .set('Cookie', planted)
      .send({ email: analyst.user.email, password: analyst.password });
    expect(sessionCookieOf(answer.get('Set-Cookie'))).not.toContain('planted');
    expect(await statusWith(planted)).toBe(401);
  });

  test('who is not signed in gets no session', async () => {
    for (const path of ['/', '/login', '/api/embed', '/nowhere']) {
      const answer = await portal.request.get(path);
      expect(answer.get('Set-Cookie')).toBeUndefined();
    }
  });
});

describe('signing out', () => {
  test('ends the session: a copy of the cookie is worth nothing afterwards', async () => {
    const cookie = await portal.signIn(analyst);
    const answer = await portal.request.post('/logout').set('Cookie', cookie).set('Accept', 'text/html');
    expect(answer.status).toBe(303);
    expect(answer.get('Location')).toBe('/login#signed_out');
    expect(answer.get('Clear-Site-Data')).toBe('"cache"');
    expect(answer.get('Set-Cookie')).toEqual([
      expect.stringMatching(/^portal=; Path=\/; Expires=Thu, 01 Jan 1970/),
    ]);
    expect(await statusWith(cookie)).toBe(401);
  });

  test('is written to the audit log, once', async () => {
    const who = await portal.addUser(acme);
    const cookie = await portal.signIn(who);
    for (let time = 0; time < 2; time += 1) {
      await portal.request.post('/logout').set({ Cookie: cookie, 'X-Request-Id': `sign-out-${time}` });
    }
    const events = await portal.storage.audit.read({ userId: who.user.id, action: 'sign-out' });
    expect(events).toMatchObject([{ result: 'ok', actor: who.user.id, requestId: 'sign-out-0' }]);
  });

  test('answers programs with 204', async () => {
    const cookie = await portal.signIn(analyst);
    const answer = await portal.request
      .post('/logout')
      .set('Cookie', cookie)
      .set('Accept', 'application/json');
    expect(answer.status).toBe(204);
    expect(await statusWith(cookie)).toBe(401);
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
    expect(await statusWith(there)).toBe(200);
  });

  test('holds against a request that was under way: its end does not bring the session back', async () => {
    const cookie = await portal.signIn(analyst);
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    portal.broker.gate = gate.promise;
    portal.broker.onRequest = asked.resolve;
    const underWay = statusWith(cookie);
    await asked.promise;
    await portal.request.post('/logout').set('Cookie', cookie);
    portal.broker.gate = undefined;
    gate.resolve();
    await underWay;
    expect(await statusWith(cookie)).toBe(401);
  });
});

describe('limits of a session', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  test('idle: it ends an hour after the last request, and each request prolongs it', async () => {
    const cookie = await portal.signIn(analyst);
    for (let request = 0; request < 3; request += 1) {
      pass(IDLE_LIMIT_MS - 60_000);
      expect(await statusWith(cookie)).toBe(200);
    }
    pass(IDLE_LIMIT_MS);
    expect(await statusWith(cookie)).toBe(401);
    vi.setSystemTime(Date.now() - IDLE_LIMIT_MS);
  });

  test('absolute: it ends twelve hours after sign-in, however busy, and is gone from the store', async () => {
    const cookie = await portal.signIn(analyst);
    for (let passed = 0; passed + IDLE_LIMIT_MS / 2 < ABSOLUTE_LIMIT_MS; passed += IDLE_LIMIT_MS / 2) {
      pass(IDLE_LIMIT_MS / 2);
      expect(await statusWith(cookie)).toBe(200);
    }
    pass(IDLE_LIMIT_MS / 2);
    const answer = await portal.request.get('/api/embed').set('Cookie', cookie);
    expect(answer.status).toBe(401);
    expect(answer.get('Set-Cookie')).toEqual([expect.stringMatching(/^portal=;/)]);
    // Back in time: were it only refused, it would be good again.
    pass(-IDLE_LIMIT_MS);
    expect(await statusWith(cookie)).toBe(401);
  });

  test('the cookie ends with the idle limit in the browser as well', async () => {
    const browser = portal.browser();
    await browser.post('/login').send({ email: analyst.user.email, password: analyst.password });
    const answer = await browser.get('/api/embed');
    const remaining = endOf(answer.get('Set-Cookie')) - Date.now();
    expect(remaining).toBeGreaterThan(IDLE_LIMIT_MS - 2000);
    expect(remaining).toBeLessThanOrEqual(IDLE_LIMIT_MS);
  });
});

/** Lets the next call of the session store fail. */
function failOnce({ storage: { sessions } }: TestPortal, method: 'get' | 'set' | 'destroy' | 'touch'): void {
  const away = new Error('the database is away');
  switch (method) {
    case 'get':
      vi.spyOn(sessions, method).mockImplementationOnce((_sid, done) => done(away));
      break;
    case 'destroy':
      vi.spyOn(sessions, method).mockImplementationOnce((_sid, done) => done?.(away));
      break;
    case 'set':
    case 'touch':
      vi.spyOn(sessions, method).mockImplementationOnce((_sid, _data, done) => done?.(away));
  }
}

describe('when sessions cannot be kept', () => {
  test.each(['set', 'destroy'] as const)(
    'signing in fails whole: no cookie goes out (%s)',
    async (method) => {
      const failing = await startPortal();
      const who = await failing.addUser(await failing.addTenant());
      failOnce(failing, method);
      const answer = await failing.request
        .post('/login')
        .send({ email: who.user.email, password: who.password });
      expect([answer.status, answer.body]).toEqual([
        503,
        expect.objectContaining({ code: 'storage_unavailable' }),
      ]);
      expect(answer.get('Set-Cookie')).toBeUndefined();
      await failing.close();
    },
  );

  test('signing out does not pretend', async () => {
    const failing = await startPortal();
    const cookie = await failing.signIn(await failing.addUser(await failing.addTenant()));
    failOnce(failing, 'destroy');
    const answer = await failing.request.post('/logout').set('Cookie', cookie);
    expect(answer.status).toBe(503);
    expect(await statusWith(cookie, failing)).toBe(200);
    await failing.close();
  });

  test('nobody is taken for signed out: the answer is 503, not 401', async () => {
    const failing = await startPortal();
    const cookie = await failing.signIn(await failing.addUser(await failing.addTenant()));
    failing.storage.sessions.emit('disconnect');
    expect(await statusWith(cookie, failing)).toBe(503);
    failing.storage.sessions.emit('connect');
    failOnce(failing, 'get');
    expect(await statusWith(cookie, failing)).toBe(503);
    expect(await statusWith(cookie, failing)).toBe(200);
    await failing.close();
  });

  test('an answer is not lost with the prolonging of its session, but ops hear of it', async () => {
    const failing = await startPortal();
    const cookie = await failing.signIn(await failing.addUser(await failing.addTenant()));
    failOnce(failing, 'touch');
    const { status } = await failing.request.get('/api/embed').set('Cookie', cookie);
    expect(status).toBe(200);
    await expect.poll(() => failing.logged.join('')).toContain('the database is away');
    await failing.close();
  });
});

describe('the cookie', () => {
  test('over http: HttpOnly, SameSite=Lax, for all paths, for this host only', async () => {
    const answer = await portal.request
      .post('/login')
      .send({ email: analyst.user.email, password: analyst.password });
    const [cookie] = answer.get('Set-Cookie')!;
    expect(cookie).toMatch(/^portal=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  });

  test('over https: Secure and __Host-, also where the proxy in front says nothing of https', async () => {
    const https = await startPortal({ env: { PUBLIC_URL: 'https://portal.example' } });
    const who = await https.addUser(await https.addTenant());
    const signedIn = await https.request
      .post('/login')
      .send({ email: who.user.email, password: who.password });
    const [cookie] = signedIn.get('Set-Cookie')!;
    expect(cookie).toMatch(
      /^__Host-portal=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(await statusWith(sessionCookieOf([cookie!]), https)).toBe(200);

    const signedOut = await https.request.post('/logout').set('Cookie', sessionCookieOf([cookie!]));
    expect(signedOut.get('Set-Cookie')![0]).toMatch(
      /^__Host-portal=; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    await https.close();
  });

  test('forged, damaged, foreign or empty is as good as none, and answers no differently', async () => {
    const good = await portal.signIn(analyst);
    const [id = '', signature = ''] = decodeURIComponent(good.slice('portal=s%3A'.length)).split('.');
    const forged = [
      `portal=s%3A${id}.${signature.slice(0, -2)}AA`,
      `portal=s%3A${id}`,
      `portal=${id}`,
      `portal=s%3A${id}.`,
      `portal=s%3A.${signature}`,
      `portal=s%3Aanother${id}.${encodeURIComponent(signature)}`,
      signedCookie(id, 'a secret of somebody else'),
      `portal=%E0%A4%A`,
      `portal=`,
      `portal=j%3A%7B%22principal%22%3A1%7D`,
      `__Host-${good}`,
      `=${good}`,
      `portal=${'x'.repeat(6000)}`,
    ];
    for (const cookie of forged) {
      const answer = await portal.request.get('/api/embed').set('Cookie', cookie);
      expect([cookie, answer.status, answer.get('Set-Cookie')]).toEqual([cookie, 401, undefined]);
      expect(answer.body).toHaveProperty('code', 'session_required');
    }
    expect(await statusWith(good)).toBe(200);
  });

  test('sent twice is harmless: one of the two counts, never both and never another person', async () => {
    const colleague = await portal.addUser(acme);
    const [mine, theirs] = [await portal.signIn(analyst), await portal.signIn(colleague)];
    for (const [header, email] of [
      [`${mine}; ${theirs}`, analyst.user.email],
      [`${theirs}; ${mine}`, colleague.user.email],
      [`${mine}; portal=nonsense`, analyst.user.email],
    ] as const) {
      const answer = await portal.request.get('/api/embed').set('Cookie', header);
      expect(answer.body).toHaveProperty('user.email', email);
    }
    const answer = await portal.request.get('/api/embed').set('Cookie', `portal=nonsense; ${mine}`);
    expect(answer.status).toBe(401);
  });
});

describe('sessions survive', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'portal-http-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const startWith = (...sessionSecrets: string[]) =>
    startPortal({
      env: {
        DATABASE_URL: `file:${join(folder, 'portal.db')}`,
        SESSION_SECRET: sessionSecrets.join(','),
      },
    });

  test('a restart, and a rotation of the secret while the old one is still listed', async () => {
    const [first, second, third] = [1, 2, 3].map(() => randomBytes(32).toString('base64url'));
    const before = await startWith(first!);
    const who = await before.addUser(await before.addTenant());
    const cookie = await before.signIn(who);
    await before.close();

    const rotated = await startWith(second!, first!);
    const answer = await rotated.request.get('/api/embed').set('Cookie', cookie);
    expect(answer.status).toBe(200);
    const renewed = sessionCookieOf(answer.get('Set-Cookie'));
    expect(renewed).not.toBe(cookie);
    await rotated.close();

    const retired = await startWith(third!, second!);
    expect(await statusWith(renewed, retired)).toBe(200);
    expect(await statusWith(cookie, retired)).toBe(401);
    await retired.close();
  });

  test('a change of the idle limit, and follow it', async () => {
    const DATABASE_URL = `file:${join(folder, 'limits.db')}`;
    const before = await startPortal({ env: { DATABASE_URL } });
    const cookie = await before.signIn(await before.addUser(await before.addTenant()));
    await before.close();

    const after = await startPortal({ env: { DATABASE_URL, SESSION_IDLE_LIMIT: '10m' } });
    const answer = await after.request.get('/api/embed').set('Cookie', cookie);
    expect(answer.status).toBe(200);
    expect(endOf(answer.get('Set-Cookie'))).toBeLessThanOrEqual(Date.now() + 600_000);
    await after.close();
  });
});

describe('a session never reaches beyond its holder', () => {
  test('two people of two tenants each get their own page, host and token', async () => {
    const globex = await portal.addTenant();
    const other = await portal.addUser(globex);
    const cookies = await Promise.all([portal.signIn(analyst), portal.signIn(other)]);
    const answers = await Promise.all(
      cookies.map(async (cookie) => ({
        embed: await portal.request.get('/api/embed').set('Cookie', cookie),
        token: await portal.request.get('/api/qlik-token').set('Cookie', cookie),
        page: await portal.request.get('/').set('Cookie', cookie),
      })),
    );
    for (const [index, tenant] of [acme, globex].entries()) {
      const { embed, token, page } = answers[index]!;
      expect(embed.body).toHaveProperty('tenant.host', tenant.host);
      expect(token.body).toHaveProperty('host', tenant.host);
      expect(token.text).toContain(`-at-${tenant.id}-`);
      expect(page.get('Content-Security-Policy')).toContain(tenant.host);
      const stranger = index === 0 ? globex : acme;
      expect(embed.text + token.text + page.get('Content-Security-Policy')).not.toContain(stranger.id);
    }
  });

  test('an account that moves to another tenant has to sign in again', async () => {
    const who = await portal.addUser(acme);
    const cookie = await portal.signIn(who);
    const globex = await portal.addTenant();
    await portal.storage.users.save({ ...who.user, tenantId: globex.id });
    expect(await statusWith(cookie)).toBe(401);
    await portal.storage.users.save(who.user);
    expect(await statusWith(cookie)).toBe(401);
  });

  test.each([
    ['disabled', (who: TestUser) => portal.storage.users.save({ ...who.user, status: 'disabled' })],
    ['removed', (who: TestUser) => portal.storage.users.remove(who.user.id)],
  ])('an account that is %s is out from the next request on, for good', async (_how, leave) => {
    const who = await portal.addUser(acme);
    const cookie = await portal.signIn(who);
    expect(await statusWith(cookie)).toBe(200);
    await leave(who);
    const answer = await portal.request.get('/api/qlik-token').set('Cookie', cookie);
    expect(answer.status).toBe(401);
    expect(answer.body).toHaveProperty('code', 'session_required');
    await portal.storage.users.save(who.user);
    expect(await statusWith(cookie)).toBe(401);
  });

  test('a tenant that is switched off gives 403, and its people are back when it is on again', async () => {
    const tenant = await portal.addTenant();
    const cookie = await portal.signIn(await portal.addUser(tenant));
    await portal.storage.tenants.save({ ...tenant, status: 'disabled' });
    for (const path of ['/api/embed', '/api/qlik-token']) {
      const answer = await portal.request.get(path).set('Cookie', cookie);
      expect([answer.status, answer.body]).toEqual([
        403,
        expect.objectContaining({ code: 'tenant_disabled' }),
      ]);
    }
    await portal.storage.tenants.save(tenant);
    expect(await statusWith(cookie)).toBe(200);
  });

  test.each([
    ['half', { userId: undefined }],
    ['of another shape', { userId: { $ne: '' } }],
    ['of no account', { userId: 'admin' }],
    ['of no tenant', { tenantId: '../acme' }],
    ['from the future', { signedInAt: Infinity }],
    ['without a time', { signedInAt: null }],
  ])('a principal in the store that is %s signs nobody in', async (_how, damage) => {
    const cookie = await portal.signIn(analyst);
    const id = decodeURIComponent(cookie).slice('portal=s:'.length).split('.')[0]!;
    const { promise, resolve } = Promise.withResolvers<void>();
    portal.storage.sessions.get(id, (_error, found) => {
      const principal = { userId: analyst.user.id, tenantId: acme.id, signedInAt: Date.now(), ...damage };
      portal.storage.sessions.set(id, { ...found!, principal }, () => resolve());
    });
    await promise;
    expect(await statusWith(cookie)).toBe(401);
  });
});
