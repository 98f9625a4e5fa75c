import { afterEach, describe, expect, test } from 'vitest';
import { newAccountId } from '../../src/domain/model/ids.ts';
import { systemTimer } from '../../src/runtime/timer.ts';
import type { StorageOptions } from '../../src/storage/open-storage.ts';
import { createRedisClient } from '../../src/storage/redis/redis-client.ts';
import { createRedisConnection, type RedisConnection } from '../../src/storage/redis/redis-connection.ts';
import { describeRedis } from '../support/redis.ts';
import { accountStoresContract } from './account-stores.ts';
import { identityStoreContract } from './identity-store.ts';
import { callable, sessionStoreContract } from './session-store.ts';
import { fastSessionReadContract } from './fast-session-read.ts';
import { HOUR_MS, silent, storageOver, tenantId } from './storage-under-test.ts';

describeRedis('Redis beside SQLite', (server) => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  function link(): RedisConnection {
    const made = createRedisConnection({
      client: createRedisClient({ url: server().url, log: silent }),
      timer: systemTimer,
    });
    opened.push({ close: async () => made.close() });
    return made;
  }

  /** Every replica has a connection of its own; nothing is left from the test before. */
  async function open() {
    await link().ask((client) => client.flushAll());
    const over = await storageOver({ kind: 'sqlite', file: ':memory:' }, opened, { redis: link() });
    const reopen = (options: Partial<StorageOptions> = {}) => over.reopen({ redis: link(), ...options });
    return { ...over, reopen };
  }

  sessionStoreContract(open);
  identityStoreContract(open);
  accountStoresContract(open);
  fastSessionReadContract(async () => {
    const { reopen } = await open();
    const storage = await reopen({ clock: { now: () => Date.now() } });
    return storage.sessions;
  });

  describe('data in Redis', () => {
    test('keys in Redis start with the version, and show neither a session id nor an e-mail', async () => {
      const { storage, clock } = await open();
      const principal = { userId: newAccountId(), tenantId: tenantId('acme'), signedInAt: clock.now() };
      const sso = { providerId: 'acme', sid: 'their session' };
      await callable(storage.sessions).set('the-session-id', {
        cookie: { originalMaxAge: HOUR_MS, expires: new Date(clock.now() + HOUR_MS), path: '/' },
        principal: { ...principal, sso },
      });
      const keys = await link().ask((client) => client.sendCommand<string[]>(['KEYS', '*']));
      expect(keys).toHaveLength(4);
      expect(keys.filter((key) => !key.startsWith('portal:v1:session'))).toEqual([]);
      expect(keys.join()).not.toMatch(/the-session-id|their session/);
    });

    test('every key in Redis expires', async () => {
      const { storage, clock } = await open();
      const store = callable(storage.sessions);
      await store.set('sid-1', {
        cookie: { originalMaxAge: HOUR_MS, expires: new Date(clock.now() + HOUR_MS), path: '/' },
        principal: { userId: newAccountId(), tenantId: tenantId('acme'), signedInAt: clock.now() },
      });
      await store.destroy('sid-1');
      const ends = await link().ask(async (client) => {
        const keys = await client.sendCommand<string[]>(['KEYS', '*']);
        return Promise.all(keys.map((key) => client.sendCommand<number>(['PTTL', key])));
      });
      expect(ends).toHaveLength(3);
      expect(Math.min(...ends)).toBeGreaterThan(0);
      expect(Math.max(...ends)).toBeLessThanOrEqual(12 * HOUR_MS);
    });

    test('a tenant with very many sessions is signed out as a whole', async () => {
      const { storage, clock } = await open();
      const store = callable(storage.sessions);
      const sids = Array.from({ length: 1_700 }, (_, index) => `sid-${index}`);
      await Promise.all(
        sids.map((sid) =>
          store.set(sid, {
            cookie: { originalMaxAge: HOUR_MS, expires: new Date(clock.now() + HOUR_MS), path: '/' },
            principal: { userId: newAccountId(), tenantId: tenantId('acme'), signedInAt: clock.now() },
          }),
        ),
      );
      expect(await storage.sessionRegistry.endAllOf({ tenantId: tenantId('acme') })).toBe(1_700);
      expect(await store.get('sid-1699')).toBeUndefined();
    });
  });
});
