import express, { type RequestHandler } from 'express';
import type { Store } from 'express-session';
import * as fc from 'fast-check';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isTenantId, newAccountId } from '../../src/domain/model/ids.ts';
import type { Principal } from '../../src/domain/model/session.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { parsePrincipal } from '../../src/web/http/principal.ts';
import { createSessions } from '../../src/web/http/session.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SECRET = 'the secret that signs';
const RETIRED = 'the secret before it';

/**
 * Both ways to a session, the whole of express-session and the short one of routes that only read, must agree on every
 * cookie there is: on who it stands for, and on whether it still does.
 */
export function fastSessionReadContract(open: () => Promise<Store>): void {
  describe('the fast session read agrees with express-session', () => {
    let store: Store;
    beforeEach(async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      store = await open();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    /** A server that tells, by either way, whom it takes the request for. */
    function server({ secrets = [SECRET], idleLimitMs = HOUR, publicUrl = 'http://portal.example' } = {}) {
      const sessions = createSessions({
        store,
        publicUrl,
        idleLimitMs,
        absoluteLimitMs: 12 * HOUR,
        secrets: secrets.map((secret) => new Secret(secret)),
        clock: { now: () => Date.now() },
      });
      const tell: RequestHandler = (req, res) => void res.json(sessions.currentPrincipal(req) ?? null);
      const signIn: RequestHandler = (req, res, next) => {
        sessions.start(req, principal()).then(() => res.end(), next);
      };
      const signOut: RequestHandler = (req, res, next) => {
        sessions.end(req, res).then(() => res.end(), next);
      };
      const app = express();
      app.get('/short', sessions.fastSessionRead, tell);
      app.get('/long', sessions.load, tell);
      app.get('/sign-in', sessions.load, signIn);
      app.get('/sign-out', sessions.load, signOut);
      return supertest(app);
    }
    type Server = ReturnType<typeof server>;

    async function cookieOf(at: Server): Promise<string> {
      const answer = await at.get('/sign-in');
      const [cookie = ''] = answer.get('Set-Cookie') ?? [];
      return cookie.split(';')[0]!;
    }

    /** Asks the short way first, since the long one prolongs. */
    async function bothWays(at: Server, cookie: string): Promise<{ who: Principal | null; short: boolean }> {
      const short = await at.get('/short').set('Cookie', cookie);
      const long = await at.get('/long').set('Cookie', cookie);
      expect([short.status, short.body]).toEqual([long.status, long.body]);
      return { who: parsePrincipal(long.body) ?? null, short: short.get('Set-Cookie') === undefined };
    }

    test('the fast read agrees on a session in use, and does not prolong it', async () => {
      const at = server();
      expect(await bothWays(at, await cookieOf(at))).toMatchObject({
        who: { tenantId: 'acme' },
        short: true,
      });
    });

    test('the fast read agrees on forged, damaged, foreign and empty cookies', async () => {
      const at = server();
      const [mine, other] = [await cookieOf(at), await cookieOf(at)];
      const [name, value = ''] = mine.split('=');
      const signature = decodeURIComponent(value).split('.').slice(1).join('.');
      const forgeries = [
        '',
        'portal=',
        'portal=s%3A',
        'portal=s%3A.',
        `portal=${value.replace('s%3A', '')}`,
        `portal=${value.slice(0, -1)}`,
        `portal=${value}x`,
        `portal=%E0%A4%A`,
        `Portal=${value}`,
        `x${mine}`,
        `portal=s%3Asomeone.${encodeURIComponent(signature)}`,
        `portal=${value.replace(/^s%3A[^.]*/, decodeURIComponent(other.split('=')[1]!).split('.')[0]!)}`,
        `${name}=s:__proto__.${signature}`,
        `__proto__=${value}`,
      ];
      for (const cookie of forgeries) {
        expect({ cookie, ...(await bothWays(at, cookie)) }).toMatchObject({ cookie, who: null });
      }
      const spellings = [
        `${mine}; ${other}`,
        `${mine}; portal=s%3Aforged.x`,
        `a=b; ${mine}; c=d`,
        ` ${mine} ;`,
        `portal="${value}"`,
        `portal=${decodeURIComponent(value)}`,
      ];
      for (const cookie of spellings) {
        expect({ cookie, ...(await bothWays(at, cookie)) }).toMatchObject({
          cookie,
          who: { tenantId: 'acme' },
        });
      }
      expect((await bothWays(at, `portal=s%3Aforged.x; ${mine}`)).who).toBeNull();
    });

    test('the fast read agrees on any cookie at all', async () => {
      const at = server();
      const mine = await cookieOf(at);
      const piece = fc.oneof(
        fc.constantFrom(
          mine,
          'portal=',
          's:',
          's%3A',
          ';',
          '; ',
          '=',
          '.',
          '%',
          '"',
          mine.slice(0, 20),
          mine.slice(20),
        ),
        fc.string({ maxLength: 4 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
      );
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
          if ((await bothWays(at, pieces.join(''))).who !== null) taken += 1;
        }),
        // Chance alone need not come by a cookie that is taken.
        { numRuns: 150, examples: [[[mine]]] },
      );
      expect(taken).toBeGreaterThan(0);
    });

    test('the fast read agrees on a session in use, prolonged, idle for too long, expired', async () => {
      const at = server();
      const cookie = await cookieOf(at);
      for (const pause of [0, 59_000, MINUTE, 5 * MINUTE, HOUR - 1, HOUR - MINUTE, HOUR - 2 * MINUTE]) {
        vi.setSystemTime(Date.now() + pause);
        expect((await bothWays(at, cookie)).who).not.toBeNull();
      }
      vi.setSystemTime(Date.now() + HOUR + MINUTE);
      expect((await bothWays(at, cookie)).who).toBeNull();
    });

    test('the fast read agrees on a busy session past its absolute limit', async () => {
      const at = server();
      const cookie = await cookieOf(at);
      for (let minute = 0; minute < 12 * 60; minute += 30) {
        expect((await bothWays(at, cookie)).who).not.toBeNull();
        vi.setSystemTime(Date.now() + 30 * MINUTE);
      }
      expect((await bothWays(at, cookie)).who).toBeNull();
    });

    test('a session that is due to be prolonged is prolonged by a read too', async () => {
      const at = server();
      const cookie = await cookieOf(at);
      for (let minute = 0; minute < 90; minute += 10) {
        vi.setSystemTime(Date.now() + 10 * MINUTE);
        const answer = await at.get('/short').set('Cookie', cookie);
        expect(answer.body).not.toBeNull();
        expect(answer.get('Set-Cookie')).toHaveLength(1);
      }
    });

    test('the fast read agrees on an ended session, also by a copy of its cookie', async () => {
      const at = server();
      const cookie = await cookieOf(at);
      await at.get('/sign-out').set('Cookie', cookie);
      expect((await bothWays(at, cookie)).who).toBeNull();
    });

    test('the fast read agrees on cookies of a secret that is rotated, and then retired', async () => {
      const before = await cookieOf(server({ secrets: [RETIRED] }));
      expect((await bothWays(server({ secrets: [SECRET, RETIRED] }), before)).who).not.toBeNull();
      expect((await bothWays(server({ secrets: [SECRET] }), before)).who).toBeNull();
    });

    test('the fast read agrees after the idle limit became longer or shorter', async () => {
      const cookie = await cookieOf(server());
      for (const idleLimitMs of [2 * HOUR, HOUR / 2, 10 * MINUTE]) {
        vi.setSystemTime(Date.now() + 61_000);
        expect((await bothWays(server({ idleLimitMs }), cookie)).who).not.toBeNull();
      }
      vi.setSystemTime(Date.now() + 11 * MINUTE);
      expect((await bothWays(server({ idleLimitMs: 10 * MINUTE }), cookie)).who).toBeNull();
    });

    test('the fast read agrees on a session without a principal', async () => {
      const at = server();
      const cookie = await cookieOf(at);
      const id = decodeURIComponent(cookie.split('=')[1]!).slice(2).split('.')[0]!;
      for (const value of [
        undefined,
        null,
        'ops',
        { userId: 'x' },
        { ...principal(), tenantId: '../acme' },
      ]) {
        const session = { cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR), path: '/' } };
        await new Promise((resolve) => store.set(id, { ...session, principal: value }, resolve));
        expect((await bothWays(at, cookie)).who).toBeNull();
      }
    });

    test('the fast read agrees on the name of the cookie over https', async () => {
      const at = server({ publicUrl: 'https://portal.example' });
      const cookie = await cookieOf(at);
      expect(cookie).toMatch(/^__Host-portal=/);
      expect(await bothWays(at, cookie)).toMatchObject({ who: { tenantId: 'acme' }, short: true });
      expect((await bothWays(at, cookie.replace('__Host-', ''))).who).toBeNull();
    });

    test('the fast read agrees while the store is unavailable', async () => {
      const at = server();
      const cookie = await cookieOf(at);
      store.emit('disconnect');
      for (const way of ['/short', '/long'])
        expect((await at.get(way).set('Cookie', cookie)).status).toBe(500);
      store.emit('connect');
      expect((await bothWays(at, cookie)).who).not.toBeNull();
    });
  });
}

function principal(): Principal {
  const tenantId = 'acme';
  if (!isTenantId(tenantId)) throw new Error('acme is a tenant id');
  return { userId: newAccountId(), tenantId, signedInAt: Date.now() };
}
