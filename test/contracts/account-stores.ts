import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import type { NewAccount } from '../../src/domain/ports/account-import.ts';
import { isQlikUserId, newAccountId } from '../../src/domain/model/ids.ts';
import type { Account, QlikUserRef } from '../../src/domain/model/account.ts';
import {
  HOUR_MS,
  MINUTE_MS,
  tenantId,
  tenantOf,
  userOf,
  type OpenStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

const newAccounts = (count: number): NewAccount[] =>
  Array.from({ length: count }, (_, index) => ({
    account: userOf('acme', { email: `person-${index}@acme.example` }),
  }));

async function* batchesOf(...batches: NewAccount[][]) {
  yield* batches;
}

export function accountStoresContract(open: OpenStorage): void {
  describe('what belongs to accounts', () => {
    let kept: StorageUnderTest;
    let account: Account;
    beforeEach(async () => {
      kept = await open();
      await kept.storage.tenants.save(tenantOf('acme'));
      account = userOf('acme');
      await kept.storage.accounts.save(account);
    });

    const linkOf = (codeHash: string) => ({
      userId: account.id,
      codeHash,
      expiresAt: kept.clock.now() + HOUR_MS,
    });

    const start = async (sid: string, more: object = {}, of = account) => {
      const session = {
        cookie: { originalMaxAge: HOUR_MS, expires: new Date(kept.clock.now() + HOUR_MS) },
        principal: { userId: of.id, tenantId: of.tenantId, signedInAt: kept.clock.now() },
        ...more,
      };
      const { sessions } = kept.storage;
      await promisify(sessions.set.bind(sessions))(sid, session);
    };

    describe('password links', () => {
      test('a password link sets the password once', async () => {
        const { passwordInvites, accounts } = kept.storage;
        await passwordInvites.save(linkOf('one'));
        expect(await passwordInvites.find('one')).toBe(account.id);
        expect(await passwordInvites.redeem('one', 'hash-1')).toBe(account.id);
        expect(await passwordInvites.redeem('one', 'hash-2')).toBeUndefined();
        expect(await passwordInvites.find('one')).toBeUndefined();
        expect(await accounts.passwordHash(account.id)).toBe('hash-1');
      });

      test('of concurrent uses of a password link one succeeds', async () => {
        const { passwordInvites } = kept.storage;
        await passwordInvites.save(linkOf('one'));
        const results = await Promise.all(
          [0, 1, 2, 3].map((index) => passwordInvites.redeem('one', `hash-${index}`)),
        );
        expect(results.filter((result) => result === account.id)).toHaveLength(1);
        const winner = results.indexOf(account.id);
        expect(await kept.storage.accounts.passwordHash(account.id)).toBe(`hash-${winner}`);
      });

      test('a newer password link voids the older one', async () => {
        const { passwordInvites } = kept.storage;
        await passwordInvites.save(linkOf('one'));
        await passwordInvites.save(linkOf('two'));
        expect(await passwordInvites.find('one')).toBeUndefined();
        expect(await passwordInvites.redeem('one', 'hash-1')).toBeUndefined();
        expect(await passwordInvites.redeem('two', 'hash-2')).toBe(account.id);
      });

      test('an expired password link cannot be used and is removed', async () => {
        const { passwordInvites, accounts } = kept.storage;
        await passwordInvites.save(linkOf('one'));
        kept.clock.advance(HOUR_MS);
        expect(await passwordInvites.find('one')).toBeUndefined();
        expect(await passwordInvites.redeem('one', 'hash-1')).toBeUndefined();
        expect(await accounts.passwordHash(account.id)).toBeUndefined();
        expect(await passwordInvites.removeExpired()).toBe(1);
      });

      test('a password link is removed with its account, and not saved for a removed one', async () => {
        const { passwordInvites, accounts } = kept.storage;
        await passwordInvites.save(linkOf('one'));
        await accounts.remove(account.id);
        expect(await passwordInvites.find('one')).toBeUndefined();
        await expect(passwordInvites.save(linkOf('two'))).rejects.toMatchObject({ code: 'not_found' });
      });
    });

    describe('Qlik mappings', () => {
      const first: QlikUserRef = { field: 'userId', value: 'aaa' };
      const second: QlikUserRef = { field: 'subject', value: 'bbb' };

      test('a Qlik mapping is replaced only where it is still the expected one', async () => {
        const { qlikMappings, accounts: users } = kept.storage;
        await users.save({ ...account, qlikUser: null });
        expect(await qlikMappings.replace(account.id, { from: null, to: first })).toBe(true);
        expect(await qlikMappings.replace(account.id, { from: null, to: second })).toBe(false);
        expect((await users.find(account.id))?.qlikUser).toEqual(first);
        expect(
          await qlikMappings.replace(account.id, { from: { ...first, field: 'subject' }, to: second }),
        ).toBe(false);
        expect(await qlikMappings.replace(account.id, { from: first, to: second })).toBe(true);
        expect(await qlikMappings.replace(account.id, { from: second, to: null })).toBe(true);
        expect((await users.find(account.id))?.qlikUser).toBeNull();
        expect(await qlikMappings.replace(newAccountId(), { from: null, to: first })).toBe(false);
      });

      test('the groups given to the Qlik user outlive changes of the account', async () => {
        const { qlikMappings, accounts: users } = kept.storage;
        expect(await qlikMappings.givenGroups(account.id)).toEqual([]);
        await qlikMappings.setGivenGroups(account.id, ['Sales', 'Zürich']);
        await users.save({ ...account, groups: [] });
        expect(await qlikMappings.givenGroups(account.id)).toEqual(['Sales', 'Zürich']);
        expect(await qlikMappings.givenGroups(newAccountId())).toEqual([]);
      });

      test('the Qlik user that the portal disabled outlives changes of the account', async () => {
        const { qlikMappings, accounts: users } = kept.storage;
        const closed = ['6422bad8022070c06d2417bc'].find(isQlikUserId)!;
        expect(await qlikMappings.closedUser(account.id)).toBeUndefined();
        await qlikMappings.setClosedUser(account.id, closed);
        await users.save({ ...account, status: 'disabled' });
        expect(await qlikMappings.closedUser(account.id)).toBe(closed);
        await qlikMappings.setClosedUser(account.id, null);
        expect(await qlikMappings.closedUser(account.id)).toBeUndefined();
        expect(await qlikMappings.closedUser(newAccountId())).toBeUndefined();
      });
    });

    describe('the directory of sessions', () => {
      test('lists the live sessions of one account, newest first, and marks the current one', async () => {
        const begunAt = kept.clock.now();
        await start('sid-1', { userAgent: 'Browser A' });
        kept.clock.advance(MINUTE_MS);
        await start('sid-2');
        await start('sid-of-another', {}, userOf('acme'));
        const listed = await kept.storage.sessionDirectory.list({
          userId: account.id,
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

      test('the session directory leaves out ended, idle and too old sessions', async () => {
        const { sessionDirectory, sessionRegistry } = kept.storage;
        const list = (begunAfter = 0) => sessionDirectory.list({ userId: account.id, begunAfter });
        await start('sid-1');
        expect(await list(kept.clock.now())).toEqual([]);
        kept.clock.advance(HOUR_MS);
        expect(await list()).toEqual([]);
        await start('sid-2');
        expect(await list()).toHaveLength(1);
        await sessionRegistry.endAllOf({ userId: account.id });
        expect(await list()).toEqual([]);
      });

      test('tells whether any account of the tenant with this Qlik user is signed in', async () => {
        const { sessionDirectory, tenants, accounts: users } = kept.storage;
        await tenants.save(tenantOf('globex'));
        const inUse = (tenant: string) =>
          sessionDirectory.anyFor({ tenantId: tenantId(tenant), qlikUser: account.qlikUser!, begunAfter: 0 });
        expect(await inUse('acme')).toBe(false);
        const twin = userOf('globex', { qlikUser: account.qlikUser });
        await users.save(twin);
        await start('sid-1', {}, twin);
        expect([await inUse('acme'), await inUse('globex')]).toEqual([false, true]);
        await start('sid-2');
        expect(await inUse('acme')).toBe(true);
      });
    });

    describe('an import', () => {
      const by = { actor: 'ops:tester' };

      test('an import saves all accounts with their password links', async () => {
        const { accountImport, passwordInvites, accounts: users } = kept.storage;
        const [first, ...rest] = newAccounts(1_200);
        const link = { codeHash: 'one', expiresAt: kept.clock.now() + HOUR_MS };
        const batches = batchesOf([{ account: first!.account, invite: link }], rest);
        expect(await accountImport.saveAll(batches, by)).toBe(1_200);
        expect(await users.list(tenantId('acme'))).toHaveLength(1_201);
        expect(await passwordInvites.find('one')).toBe(first!.account.id);
        const added = await kept.storage.audit.read({ action: 'user.add', userId: first!.account.id });
        expect(added).toMatchObject([{ ...by, tenantId: 'acme', result: 'ok' }]);
      });

      test('an import saves nothing where an e-mail is taken or the list cannot be read', async () => {
        const { accountImport, accounts: users } = kept.storage;
        const again = { account: userOf('acme', { email: account.email }) };
        await expect(accountImport.saveAll(batchesOf(newAccounts(700), [again]), by)).rejects.toMatchObject({
          code: 'conflict',
        });
        async function* broken() {
          yield newAccounts(3);
          throw new TypeError('the file ends here');
        }
        await expect(accountImport.saveAll(broken(), by)).rejects.toThrow('the file ends here');
        expect(await users.list(tenantId('acme'))).toHaveLength(1);
        expect(await kept.storage.audit.read({ action: 'user.add' })).toEqual([]);
        const gone = { account: userOf('globex') };
        await expect(accountImport.saveAll(batchesOf([gone]), by)).rejects.toMatchObject({
          code: 'not_found',
        });
        expect(await accountImport.saveAll(batchesOf(newAccounts(2)), by)).toBe(2);
      });

      test('an import is told which e-mails are taken', async () => {
        const some = Array.from({ length: 1_100 }, (_, index) => `free-${index}@acme.example`);
        expect(await kept.storage.accountImport.taken([...some, account.email])).toEqual(
          new Set([account.email]),
        );
      });
    });

    test('a password hash can be removed', async () => {
      const { accounts: users } = kept.storage;
      await users.setPasswordHash(account.id, 'hash-1');
      await users.removePasswordHash(account.id);
      expect(await users.passwordHash(account.id)).toBeUndefined();
      expect(await users.find(account.id)).toEqual(account);
    });

    test('setting the status changes nothing else of the account', async () => {
      const { accounts: users } = kept.storage;
      await users.setStatus(account.id, 'disabled');
      expect(await users.find(account.id)).toEqual({ ...account, status: 'disabled' });
    });
  });
}
