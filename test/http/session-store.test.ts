import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sessionCookieOf, startPortal, type TestPortal } from '../support/portal.ts';
import { endOf, statusWith } from '../support/session-cookies.ts';

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
      vi.spyOn(sessions, method).mockImplementationOnce((_sid, _data, done) => done?.(away));
      break;
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
        .send({ email: who.account.email, password: who.password });
      expect([answer.status, answer.body]).toEqual([
        503,
        expect.objectContaining({ code: 'storage_unavailable' }),
      ]);
      expect(answer.get('Set-Cookie')).toBeUndefined();
      await failing.close();
    },
  );

  test('a sign-out that the store refuses is answered by an error', async () => {
    const failing = await startPortal();
    const cookie = await failing.signIn(await failing.addUser(await failing.addTenant()));
    failOnce(failing, 'destroy');
    const answer = await failing.request.post('/logout').set('Cookie', cookie);
    expect(answer.status).toBe(503);
    expect(await statusWith(cookie, failing)).toBe(200);
    await failing.close();
  });

  test('a failing session store is answered by 503, not 401 [ASVS 16.5.3]', async () => {
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

  test('an answer is sent, and a warning logged, where its session cannot be prolonged', async () => {
    const failing = await startPortal();
    const cookie = await failing.signIn(await failing.addUser(await failing.addTenant()));
    failOnce(failing, 'touch');
    const { status } = await failing.request.get('/api/embed').set('Cookie', cookie);
    expect(status).toBe(200);
    await expect.poll(() => failing.logged.join('')).toContain('the database is away');
    await failing.close();
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
