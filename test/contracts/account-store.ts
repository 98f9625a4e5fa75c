import { beforeEach, describe, expect, test } from 'vitest';
import { newAccountId } from '../../src/domain/model/ids.ts';
import { tenantId, tenantOf, userOf, type OpenStorage, type StorageUnderTest } from './storage-under-test.ts';

export function accountStoreContract(open: OpenStorage): void {
  describe('account store', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
      await kept.storage.tenants.save(tenantOf('acme'));
      await kept.storage.tenants.save(tenantOf('globex'));
    });

    test.each([
      ['linked', userOf('acme')],
      ['linked by subject', userOf('acme', { qlikUser: { field: 'subject', value: 'portal\\Zoë' } })],
      ['not linked', userOf('acme', { qlikUser: null, groups: [], status: 'disabled' })],
    ])('gives an account that is %s back as it was saved', async (_name, user) => {
      await kept.storage.accounts.save(user);
      const again = await kept.reopen();
      expect(await again.accounts.find(user.id)).toEqual(user);
      expect(await again.accounts.findByEmail(user.email)).toEqual(user);
    });

    test('finds no account by a pattern or another spelling', async () => {
      const { accounts } = kept.storage;
      await accounts.save(userOf('acme', { email: 'europe@acme.example' }));
      expect(await accounts.findByEmail('%@acme.example')).toBeUndefined();
      expect(await accounts.findByEmail('europe@acme.example ')).toBeUndefined();
      expect(await accounts.find(newAccountId())).toBeUndefined();
    });

    test('gives an e-mail to one account in the whole portal, also when two ask at once', async () => {
      const { accounts } = kept.storage;
      const email = 'europe@acme.example';
      const rivals = [userOf('acme', { email }), userOf('globex', { email })];
      const results = await Promise.allSettled(rivals.map((user) => accounts.save(user)));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused).toHaveLength(1);
      expect(refused[0]?.reason).toMatchObject({ code: 'conflict' });
      const owner = await accounts.findByEmail(email);
      expect(rivals).toContainEqual(owner);
    });

    test('refuses to change an account to an e-mail that another has, and keeps both as they were', async () => {
      const { accounts } = kept.storage;
      const [one, two] = [userOf('acme'), userOf('acme')];
      await accounts.save(one);
      await accounts.save(two);
      await expect(accounts.save({ ...two, email: one.email })).rejects.toMatchObject({ code: 'conflict' });
      expect(await accounts.find(one.id)).toEqual(one);
      expect(await accounts.find(two.id)).toEqual(two);
    });

    test('refuses an account of a tenant that does not exist', async () => {
      const user = userOf('nowhere');
      await expect(kept.storage.accounts.save(user)).rejects.toMatchObject({ code: 'not_found' });
      expect(await kept.storage.accounts.find(user.id)).toBeUndefined();
    });

    test('lists the accounts of one tenant only, in the order of their e-mails', async () => {
      const { accounts: users } = kept.storage;
      const b = userOf('acme', { email: 'b@acme.example' });
      const a = userOf('acme', { email: 'a@acme.example' });
      const c = userOf('globex', { email: 'c@globex.example' });
      for (const user of [b, c, a]) await users.save(user);
      expect(await users.list(tenantId('acme'))).toEqual([a, b]);
      expect(await users.list(tenantId('globex'))).toEqual([c]);
      expect(await users.list()).toEqual([a, b, c]);
    });

    test('keeps the password when the account is saved again, and no reader of accounts sees it', async () => {
      const { accounts: users } = kept.storage;
      const user = userOf('acme');
      await users.save(user);
      expect(await users.passwordHash(user.id)).toBeUndefined();
      await users.setPasswordHash(user.id, 'hash-1');
      await users.save({ ...user, name: 'Europe lead' });
      expect(await users.passwordHash(user.id)).toBe('hash-1');
      expect(JSON.stringify([await users.find(user.id), await users.list()])).not.toContain('hash-1');
    });

    test('replaces a password hash only where it is still the expected one', async () => {
      const { accounts: users } = kept.storage;
      const user = userOf('acme');
      await users.save(user);
      await users.setPasswordHash(user.id, 'changed-meanwhile');
      expect(await users.setPasswordHash(user.id, 'rehashed', { replacing: 'verified' })).toBe(false);
      expect(await users.passwordHash(user.id)).toBe('changed-meanwhile');
      expect(await users.setPasswordHash(user.id, 'rehashed', { replacing: 'changed-meanwhile' })).toBe(true);
      expect(await users.passwordHash(user.id)).toBe('rehashed');
    });

    test('removes the password with the account', async () => {
      const { accounts: users } = kept.storage;
      const user = userOf('acme');
      await users.save(user);
      await users.setPasswordHash(user.id, 'hash-1');
      await users.remove(user.id);
      expect(await users.findByEmail(user.email)).toBeUndefined();
      expect(await users.passwordHash(user.id)).toBeUndefined();
      await expect(users.setPasswordHash(user.id, 'hash-2')).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
