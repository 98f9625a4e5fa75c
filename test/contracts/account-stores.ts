import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import type { NewAccount } from '../../src/domain/ports/account-import.ts';
import { isQlikUserId, newPortalUserId } from '../../src/domain/model/ids.ts';
import type { PortalUser, QlikUserRef } from '../../src/domain/model/account.ts';
import {
  HOUR_MS,
  MINUTE_MS,
  tenantId,
  tenantOf,
  userOf,
  type OpenStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

const accounts = (count: number): NewAccount[] =>
  Array.from({ length: count }, (_, index) => ({
    user: userOf('acme', { email: `person-${index}@acme.example` }),
  }));

async function* batchesOf(...batches: NewAccount[][]) {
  yield* batches;
}

export function accountStoresContract(open: OpenStorage): void {
  describe('what belongs to accounts', () => {
    let kept: StorageUnderTest;
    let user: PortalUser;
    beforeEach(async () => {
      kept = await open();
      await kept.storage.tenants.save(tenantOf('acme'));
      user = userOf('acme');
      await kept.storage.users.save(user);
    });

    const linkOf = (codeHash: string) => ({
      userId: user.id,
      codeHash,
      expiresAt: kept.clock.now() + HOUR_MS,
    });

    const start = async (sid: string, more: object = {}, of = user) => {
      const session = {
        cookie: { originalMaxAge: HOUR_MS, expires: new Date(kept.clock.now() + HOUR_MS) },
        principal: { userId: of.id, tenantId: of.tenantId, signedInAt: kept.clock.now() },
        ...more,
      };
      const { sessions } = kept.storage;
      await promisify(sessions.set.bind(sessions))(sid, session);
    };

    describe('password links', () => {
      test('a link sets the password once', async () => {
        const { passwordLinks, users } = kept.storage;
        await passwordLinks.save(linkOf('one'));
        expect(await passwordLinks.find('one')).toBe(user.id);
        expect(await passwordLinks.redeem('one', 'hash-1')).toBe(user.id);
        expect(await passwordLinks.redeem('one', 'hash-2')).toBeUndefined();
        expect(await passwordLinks.find('one')).toBeUndefined();
        expect(await users.passwordHash(user.id)).toBe('hash-1');
      });

      test('of several that use it at once, one wins', async () => {
        const { passwordLinks } = kept.storage;
        await passwordLinks.save(linkOf('one'));
        const results = await Promise.all(
          [0, 1, 2, 3].map((index) => passwordLinks.redeem('one', `hash-${index}`)),
        );
        expect(results.filter((result) => result === user.id)).toHaveLength(1);
        const winner = results.indexOf(user.id);
        expect(await kept.storage.users.passwordHash(user.id)).toBe(`hash-${winner}`);
      });

      test('a newer link voids the older one', async () => {
        const { passwordLinks } = kept.storage;
        await passwordLinks.save(linkOf('one'));
        await passwordLinks.save(linkOf('two'));
        expect(await passwordLinks.find('one')).toBeUndefined();
        expect(await passwordLinks.redeem('one', 'hash-1')).toBeUndefined();
        expect(await passwordLinks.redeem('two', 'hash-2')).toBe(user.id);
      });

      test('a link that is over neither opens nor stays', async () => {
        const { passwordLinks, users } = kept.storage;
        await passwordLinks.save(linkOf('one'));
        kept.clock.advance(HOUR_MS);
        expect(await passwordLinks.find('one')).toBeUndefined();
        expect(await passwordLinks.redeem('one', 'hash-1')).toBeUndefined();
        expect(await users.passwordHash(user.id)).toBeUndefined();
        expect(await passwordLinks.sweep()).toBe(1);
      });

      test('goes with the account, and is made for none that is gone', async () => {
        const { passwordLinks, users } = kept.storage;
        await passwordLinks.save(linkOf('one'));
        await users.remove(user.id);
        expect(await passwordLinks.find('one')).toBeUndefined();
        await expect(passwordLinks.save(linkOf('two'))).rejects.toMatchObject({ code: 'not_found' });
      });
    });

    describe('links to Qlik users', () => {
      const first: QlikUserRef = { field: 'userId', value: 'aaa' };
      const second: QlikUserRef = { field: 'subject', value: 'bbb' };

      test('a link is replaced only by who knows what it was', async () => {
        const { qlikLinks, users } = kept.storage;
        await users.save({ ...user, qlikUser: null });
        expect(await qlikLinks.replace(user.id, { from: null, to: first })).toBe(true);
        expect(await qlikLinks.replace(user.id, { from: null, to: second })).toBe(false);
        expect((await users.find(user.id))?.qlikUser).toEqual(first);
        expect(await qlikLinks.replace(user.id, { from: { ...first, field: 'subject' }, to: second })).toBe(
          false,
        );
        expect(await qlikLinks.replace(user.id, { from: first, to: second })).toBe(true);
        expect(await qlikLinks.replace(user.id, { from: second, to: null })).toBe(true);
        expect((await users.find(user.id))?.qlikUser).toBeNull();
        expect(await qlikLinks.replace(newPortalUserId(), { from: null, to: first })).toBe(false);
      });

      test('the groups that were given outlive changes of the account', async () => {
        const { qlikLinks, users } = kept.storage;
        expect(await qlikLinks.givenGroups(user.id)).toEqual([]);
        await qlikLinks.setGivenGroups(user.id, ['Sales', 'Zürich']);
        await users.save({ ...user, groups: [] });
        expect(await qlikLinks.givenGroups(user.id)).toEqual(['Sales', 'Zürich']);
        expect(await qlikLinks.givenGroups(newPortalUserId())).toEqual([]);
      });

      test('which Qlik user the portal closed outlives changes of the account', async () => {
        const { qlikLinks, users } = kept.storage;
        const closed = ['6422bad8022070c06d2417bc'].find(isQlikUserId)!;
        expect(await qlikLinks.closedUser(user.id)).toBeUndefined();
        await qlikLinks.setClosedUser(user.id, closed);
        await users.save({ ...user, status: 'disabled' });
        expect(await qlikLinks.closedUser(user.id)).toBe(closed);
        await qlikLinks.setClosedUser(user.id, null);
        expect(await qlikLinks.closedUser(user.id)).toBeUndefined();
        expect(await qlikLinks.closedUser(newPortalUserId())).toBeUndefined();
      });
    });

    describe('the directory of sessions', () => {
      test('lists live sessions of one person, newest first, and which is the own', async () => {
        const begunAt = kept.clock.now();
        await start('sid-1', { userAgent: 'Browser A' });
        kept.clock.advance(MINUTE_MS);
        await start('sid-2');
        await start('sid-of-another', {}, userOf('acme'));
        const listed = await kept.storage.sessionDirectory.list({
          userId: user.id,
          begunAfter: begunAt - 1,
          currentSessionId: 'sid-1',
        });
        const blank = { ssoProvider: undefined, current: false };
        expect(listed).toEqual([
          {
            ...blank,
            userAgent: undefined,
            signedInAt: begunAt + MINUTE_MS,
            lastSeenAt: begunAt + MINUTE_MS,
          },
          { ...blank, userAgent: 'Browser A', signedInAt: begunAt, lastSeenAt: begunAt, current: true },
        ]);
        expect(JSON.stringify(listed)).not.toContain('sid-');
      });

      test('leaves out what was ended, what is idle and what is too old', async () => {
        const { sessionDirectory, sessionRegistry } = kept.storage;
        const list = (begunAfter = 0) => sessionDirectory.list({ userId: user.id, begunAfter });
        await start('sid-1');
        expect(await list(kept.clock.now())).toEqual([]);
        kept.clock.advance(HOUR_MS);
        expect(await list()).toEqual([]);
        await start('sid-2');
        expect(await list()).toHaveLength(1);
        await sessionRegistry.endAllOf({ userId: user.id });
        expect(await list()).toEqual([]);
      });

      test('knows whether a Qlik user is in use, by whichever account of that tenant', async () => {
        const { sessionDirectory, tenants, users } = kept.storage;
        await tenants.save(tenantOf('globex'));
        const inUse = (tenant: string) =>
          sessionDirectory.anyFor({ tenantId: tenantId(tenant), qlikUser: user.qlikUser!, begunAfter: 0 });
        expect(await inUse('acme')).toBe(false);
        const twin = userOf('globex', { qlikUser: user.qlikUser });
        await users.save(twin);
        await start('sid-1', {}, twin);
        expect([await inUse('acme'), await inUse('globex')]).toEqual([false, true]);
        await start('sid-2');
        expect(await inUse('acme')).toBe(true);
      });
    });

    describe('an import', () => {
      const by = { actor: 'ops:tester' };

      test('saves all accounts with their links', async () => {
        const { accountImport, passwordLinks, users } = kept.storage;
        const [first, ...rest] = accounts(1_200);
        const link = { codeHash: 'one', expiresAt: kept.clock.now() + HOUR_MS };
        const batches = batchesOf([{ user: first!.user, link }], rest);
        expect(await accountImport.saveAll(batches, by)).toBe(1_200);
        expect(await users.list(tenantId('acme'))).toHaveLength(1_201);
        expect(await passwordLinks.find('one')).toBe(first!.user.id);
        const added = await kept.storage.audit.read({ action: 'user.add', userId: first!.user.id });
        expect(added).toMatchObject([{ ...by, tenantId: 'acme', result: 'ok' }]);
      });

      test('saves none where one is taken, and none where the reading fails', async () => {
        const { accountImport, users } = kept.storage;
        const again = { user: userOf('acme', { email: user.email }) };
        await expect(accountImport.saveAll(batchesOf(accounts(700), [again]), by)).rejects.toMatchObject({
          code: 'conflict',
        });
        async function* broken() {
          yield accounts(3);
          throw new TypeError('the file ends here');
        }
        await expect(accountImport.saveAll(broken(), by)).rejects.toThrow('the file ends here');
        expect(await users.list(tenantId('acme'))).toHaveLength(1);
        expect(await kept.storage.audit.read({ action: 'user.add' })).toEqual([]);
        const gone = { user: userOf('globex') };
        await expect(accountImport.saveAll(batchesOf([gone]), by)).rejects.toMatchObject({
          code: 'not_found',
        });
        expect(await accountImport.saveAll(batchesOf(accounts(2)), by)).toBe(2);
      });

      test('says which e-mails are taken', async () => {
        const some = Array.from({ length: 1_100 }, (_, index) => `free-${index}@acme.example`);
        expect(await kept.storage.accountImport.taken([...some, user.email])).toEqual(new Set([user.email]));
      });
    });

    test('a password can be taken away', async () => {
      const { users } = kept.storage;
      await users.setPasswordHash(user.id, 'hash-1');
      await users.removePasswordHash(user.id);
      expect(await users.passwordHash(user.id)).toBeUndefined();
      expect(await users.find(user.id)).toEqual(user);
    });

    test('a status is set alone', async () => {
      const { users } = kept.storage;
      await users.setStatus(user.id, 'disabled');
      expect(await users.find(user.id)).toEqual({ ...user, status: 'disabled' });
    });
  });
}
