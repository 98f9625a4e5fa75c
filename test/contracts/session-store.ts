import { createHash } from 'node:crypto';
import type { SessionData, Store } from 'express-session';
import { beforeEach, describe, expect, test } from 'vitest';
import { newAccountId, type AccountId, type TenantId } from '../../src/domain/model/ids.ts';
import {
  HOUR_MS,
  MINUTE_MS,
  tenantId,
  type OpenStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

const ACME = tenantId('acme');
const GLOBEX = tenantId('globex');

export function sessionStoreContract(open: OpenStorage): void {
  describe('session store', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
    });

    const store = () => callable(kept.storage.sessions);
    const sessionOf = (userId?: AccountId, tenant?: TenantId) => sessionAt(kept.clock.now(), userId, tenant);

    test('gives a session back as it was set, also after a restart', async () => {
      const session = sessionOf();
      await store().set('sid-1', session);
      expect(await store().get('sid-1')).toEqual(session);
      const again = await kept.reopen();
      expect(await callable(again.sessions).get('sid-1')).toEqual(session);
    });

    test('has no session under another id, nor under what it keeps instead of the id', async () => {
      await store().set('sid-1', sessionOf());
      expect(await store().get('sid-2')).toBeUndefined();
      expect(await store().get('%')).toBeUndefined();
      expect(await store().get(createHash('sha256').update('sid-1').digest('base64url'))).toBeUndefined();
    });

    test('never returns a session past its end', async () => {
      await store().set('sid-1', sessionOf());
      kept.clock.advance(HOUR_MS - 1);
      expect(await store().get('sid-1')).toBeDefined();
      kept.clock.advance(1);
      expect(await store().get('sid-1')).toBeUndefined();
    });

    test('keeps a session alive that is touched, from any replica', async () => {
      const other = callable((await kept.reopen()).sessions);
      await store().set('sid-1', sessionOf());
      for (const replica of [store(), other, store(), other]) {
        kept.clock.advance(50 * MINUTE_MS);
        const session = await replica.get('sid-1');
        expect(session).toBeDefined();
        session!.cookie.expires = new Date(kept.clock.now() + HOUR_MS);
        await replica.touch('sid-1', session!);
      }
      expect((await store().get('sid-1'))?.cookie.expires).toEqual(new Date(kept.clock.now() + HOUR_MS));
    });

    test('ends a session whose cookie lives as long as the browser', async () => {
      const session = { ...sessionOf(), cookie: { originalMaxAge: null, expires: null } };
      await store().set('sid-1', session);
      kept.clock.advance(11 * HOUR_MS);
      expect((await store().get('sid-1'))?.cookie.expires).toBeNull();
      kept.clock.advance(HOUR_MS);
      expect(await store().get('sid-1')).toBeUndefined();
    });

    test('an ended session stays ended: a request that had loaded it can neither save nor touch it back', async () => {
      const other = callable((await kept.reopen()).sessions);
      const session = sessionOf();
      await store().set('sid-1', session);
      const loadedElsewhere = await other.get('sid-1');
      await store().destroy('sid-1');
      kept.clock.advance(2 * MINUTE_MS);
      await other.set('sid-1', loadedElsewhere!);
      await other.touch('sid-1', loadedElsewhere!);
      expect(await store().get('sid-1')).toBeUndefined();
      expect(await other.get('sid-1')).toBeUndefined();
    });

    test('ending an unknown session is no error, and a later session may have that id', async () => {
      await store().destroy('never-seen');
      await store().touch('never-seen', sessionOf());
      expect(await store().get('never-seen')).toBeUndefined();
    });

    test('ends all sessions of an account except the current one, and none of another account [ASVS 7.4.5]', async () => {
      const [left, stays] = [newAccountId(), newAccountId()];
      for (const sid of ['left-1', 'left-2', 'left-3']) await store().set(sid, sessionOf(left));
      await store().set('stays', sessionOf(stays));
      const { sessionRegistry } = kept.storage;
      expect(await sessionRegistry.endAllOf({ userId: left, exceptSessionId: 'left-2' })).toBe(2);
      expect(await store().get('left-1')).toBeUndefined();
      expect(await store().get('left-2')).toBeDefined();
      expect(await sessionRegistry.endAllOf({ userId: left })).toBe(1);
      expect(await store().get('left-2')).toBeUndefined();
      expect(await store().get('stays')).toBeDefined();
    });

    test('ends all sessions of a tenant in every replica, and none of another tenant', async () => {
      const other = await kept.reopen();
      for (const sid of ['acme-1', 'acme-2']) await store().set(sid, sessionOf(newAccountId(), ACME));
      await store().set('globex-1', sessionOf(newAccountId(), GLOBEX));
      expect(await other.sessionRegistry.endAllOf({ tenantId: ACME })).toBe(2);
      expect(await store().get('acme-1')).toBeUndefined();
      expect(await store().get('acme-2')).toBeUndefined();
      expect(await store().get('globex-1')).toBeDefined();
    });

    test('ends a session by its present account, not by the one before', async () => {
      const [before, now] = [newAccountId(), newAccountId()];
      await store().set('sid-1', sessionOf(before));
      await store().set('sid-1', sessionOf(now));
      expect(await kept.storage.sessionRegistry.endAllOf({ userId: before })).toBe(0);
      expect(await kept.storage.sessionRegistry.endAllOf({ userId: now })).toBe(1);
    });

    test('carries data of any kind: prototype keys, NUL, Unicode', async () => {
      const session = Object.assign(sessionOf(), {
        text: 'Zoë \0 \u{1F600} \uD800',
        odd: JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}') as unknown,
      });
      await store().set('sid-1', session);
      const back = await store().get('sid-1');
      expect(JSON.stringify(back)).toBe(JSON.stringify(session));
      expect(back).not.toHaveProperty('odd.admin');
    });
  });
}

/** What Redis does by itself and a database has to be told. */
export function sessionSweepContract(open: OpenStorage): void {
  describe('sessions in tables', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
    });

    test('expired sessions are removed, and no others', async () => {
      const store = callable(kept.storage.sessions);
      const start = (sid: string) => store.set(sid, sessionAt(kept.clock.now()));
      await start('old');
      await start('ended');
      await store.destroy('ended');
      kept.clock.advance(30 * MINUTE_MS);
      await start('young');
      kept.clock.advance(30 * MINUTE_MS);
      expect(await kept.storage.removeExpiredSessions()).toBe(2);
      expect(await store.get('young')).toBeDefined();
    });
  });
}

/** As express-session hands it over: the cookie ends an hour from now. */
function sessionAt(now: number, userId: AccountId = newAccountId(), tenant = ACME): SessionData {
  return {
    cookie: { originalMaxAge: HOUR_MS, expires: new Date(now + HOUR_MS), path: '/', httpOnly: true },
    principal: { userId, tenantId: tenant, signedInAt: now },
  };
}

/** A store whose methods return promises. */
export function callable(store: Store) {
  return {
    // "Nothing" is null with some stores, undefined with others.
    get: (sid: string) =>
      promised<SessionData>((done) => store.get(sid, (error, found) => done(error, found ?? undefined))),
    set: (sid: string, data: SessionData) => promised((done) => store.set(sid, data, done)),
    touch: (sid: string, data: SessionData) => promised((done) => store.touch!(sid, data, done)),
    destroy: (sid: string) => promised((done) => store.destroy(sid, done)),
  };
}

function promised<Found>(ask: (done: (error?: unknown, found?: Found) => void) => void) {
  return new Promise<Found | undefined>((resolve, reject) => {
    ask((error, found) => (error ? reject(error) : resolve(found)));
  });
}
