import type { SessionData } from 'express-session';
import { beforeEach, describe, expect, test } from 'vitest';
import { newAccountId, type AccountId } from '../../src/domain/model/ids.ts';
import { callable } from './session-store.ts';
import {
  HOUR_MS,
  MINUTE_MS,
  tenantId,
  tenantOf,
  userOf,
  type OpenStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

const identity = { issuer: 'https://login.acme.example', subject: 'person-1' };

export function identityStoreContract(open: OpenStorage): void {
  describe('identity store', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
      await kept.storage.tenants.save(tenantOf('acme'));
      await kept.storage.tenants.save(tenantOf('globex'));
    });

    test('creates an account and finds it by issuer and subject, and by nothing less [ASVS 10.5.2]', async () => {
      const { identities, accounts } = kept.storage;
      const user = userOf('acme');
      await identities.createAccount(identity, user);
      expect(await identities.find(identity)).toBe(user.id);
      expect(await accounts.find(user.id)).toEqual(user);
      expect(await identities.find({ ...identity, issuer: 'https://login.globex.example' })).toBeUndefined();
      expect(await identities.find({ ...identity, subject: 'Person-1' })).toBeUndefined();
      expect(await identities.find({ ...identity, subject: '%' })).toBeUndefined();
    });

    test('of concurrent first sign-ins one creates the account, and nothing remains of the other', async () => {
      const { identities, accounts } = kept.storage;
      const twins = [userOf('acme'), userOf('acme')];
      const results = await Promise.allSettled(twins.map((user) => identities.createAccount(identity, user)));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused).toHaveLength(1);
      expect(refused[0]?.reason).toMatchObject({ code: 'conflict' });
      const all = await accounts.list();
      expect(all.map(({ id }) => id)).toEqual([await identities.find(identity)]);
    });

    test('creates no account with the e-mail of another, and stores no identity', async () => {
      const { identities, accounts } = kept.storage;
      const owner = userOf('globex');
      await accounts.save(owner);
      const taker = userOf('acme', { email: owner.email });
      await expect(identities.createAccount(identity, taker)).rejects.toMatchObject({ code: 'conflict' });
      expect(await identities.find(identity)).toBeUndefined();
      expect(await accounts.find(taker.id)).toBeUndefined();
      expect(await accounts.findByEmail(owner.email)).toEqual(owner);
    });

    test('lists the identities of an account, and removes one of them', async () => {
      const { identities } = kept.storage;
      const [user, other] = [userOf('acme'), userOf('acme')];
      const second = { ...identity, subject: 'person-2' };
      await identities.createAccount(identity, user);
      await identities.createAccount({ ...identity, subject: 'person-3' }, other);
      await identities.add(second, user.id);
      expect(await identities.list(user.id)).toEqual([identity, second]);
      await expect(identities.remove(identity, other.id)).rejects.toMatchObject({ code: 'not_found' });
      await identities.remove(identity, user.id);
      await expect(identities.remove(identity, user.id)).rejects.toMatchObject({ code: 'not_found' });
      expect(await identities.list(user.id)).toEqual([second]);
      expect(await identities.find(identity)).toBeUndefined();
    });

    test('creates no account in a tenant that does not exist', async () => {
      const { identities } = kept.storage;
      await expect(identities.createAccount(identity, userOf('nowhere'))).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    test('links an identity to an account once', async () => {
      const { identities, accounts: users } = kept.storage;
      const [one, two] = [userOf('acme'), userOf('acme')];
      await users.save(one);
      await users.save(two);
      await identities.add(identity, one.id);
      await expect(identities.add(identity, two.id)).rejects.toMatchObject({ code: 'conflict' });
      expect(await identities.find(identity)).toBe(one.id);
      await expect(
        identities.add({ ...identity, subject: 'person-2' }, newAccountId()),
      ).rejects.toMatchObject({ code: 'not_found' });
    });

    test('removes the identities with the account', async () => {
      const { identities, accounts: users } = kept.storage;
      const user = userOf('acme');
      await identities.createAccount(identity, user);
      await users.remove(user.id);
      expect(await identities.find(identity)).toBeUndefined();
    });

    test('a profile from outside changes name and groups, and never the status', async () => {
      const { accounts: users } = kept.storage;
      const user = userOf('acme', { status: 'disabled' });
      await users.save(user);
      await users.setProfile(user.id, { name: 'New name', groups: ['sales'] });
      expect(await users.find(user.id)).toEqual({ ...user, name: 'New name', groups: ['sales'] });
      await users.setProfile(user.id, { groups: [] });
      expect(await users.find(user.id)).toEqual({ ...user, name: 'New name', groups: [] });
      await users.setProfile(user.id, { name: 'Newest name' });
      expect(await users.find(user.id)).toEqual({ ...user, name: 'Newest name', groups: [] });
    });
  });

  describe('sessions of an identity provider', () => {
    let kept: StorageUnderTest;
    const user = newAccountId();
    beforeEach(async () => {
      kept = await open();
      await keep('sid-1', { userId: user, sso: { providerId: 'acme', sid: 'one' } });
      await keep('sid-2', { userId: user, sso: { providerId: 'acme', sid: 'two' } });
      await keep('other-provider', { userId: user, sso: { providerId: 'globex', sid: 'one' } });
      await keep('password', { userId: user });
      await keep('other-person', { userId: newAccountId(), sso: { providerId: 'acme', sid: 'three' } });
    });

    async function keep(sid: string, holder: { userId: AccountId; sso?: object }) {
      const { sessions } = kept.storage;
      const session: SessionData = {
        cookie: { originalMaxAge: HOUR_MS, expires: new Date(kept.clock.now() + HOUR_MS), path: '/' },
        principal: { tenantId: tenantId('acme'), signedInAt: kept.clock.now(), ...holder },
      };
      await callable(sessions).set(sid, session);
    }

    async function alive() {
      const { sessions } = kept.storage;
      const ids = ['sid-1', 'sid-2', 'other-provider', 'password', 'other-person'];
      const found = await Promise.all(ids.map((id) => callable(sessions).get(id)));
      return ids.filter((_, index) => found[index] !== undefined);
    }

    test('sessions of a provider end one by one, by the provider’s session id', async () => {
      const begunBefore = kept.clock.now() + 1;
      const { sessionRegistry } = kept.storage;
      const ended = sessionRegistry.endAllOfProvider({ providerId: 'acme', sid: 'one', begunBefore });
      expect(await ended).toEqual([user]);
      expect(await alive()).toEqual(['sid-2', 'other-provider', 'password', 'other-person']);
    });

    test('sessions of a provider end for one account, and only those of this provider', async () => {
      const begunBefore = kept.clock.now() + 1;
      const { sessionRegistry } = kept.storage;
      const ended = sessionRegistry.endAllOfProvider({ providerId: 'acme', userId: user, begunBefore });
      expect(await ended).toEqual([user, user]);
      expect(await alive()).toEqual(['other-provider', 'password', 'other-person']);
    });

    test('sessions of a provider that began after the logout token stay', async () => {
      const begunBefore = kept.clock.now() + 1;
      kept.clock.advance(MINUTE_MS);
      await keep('sid-3', { userId: user, sso: { providerId: 'acme', sid: 'one' } });
      const { sessionRegistry, sessions } = kept.storage;
      await sessionRegistry.endAllOfProvider({ providerId: 'acme', sid: 'one', begunBefore });
      expect(await callable(sessions).get('sid-3')).toBeDefined();
    });
  });
}
