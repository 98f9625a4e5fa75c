import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/model/secret.ts';
import { DROPPED_CHANNEL } from '../../../src/storage/redis/tokens/token-store.ts';
import { leaseOf, freshToken, newKey } from '../../contracts/token-store.ts';
import { describeRedis } from '../../support/redis.ts';
import { type Replica, useReplicas } from '../../support/shared-tokens.ts';

describeRedis('tokens shared by replicas', (server) => {
  const replicas = useReplicas(server);
  const SHORT = { leaseMs: 300, timeoutMs: 150, restMs: 300 };

  describe('between replicas', () => {
    it('a token stored by one replica is known to the others', async () => {
      const key = newKey();
      const made = freshToken();
      await (await leaseOf(replicas.one(0).store, key)).fulfil(made);
      const found = await replicas.one(1).store.read(key);
      expect(found?.token.tokenId).toBe(made.token.tokenId);
      expect(found?.token.value.reveal()).toBe(made.token.value.reveal());
      expect(replicas.one(1).store.peek(key)).toEqual(found);
    });

    it('one replica gets the lease, the others are told that it is busy', async () => {
      const key = newKey();
      const claims = await Promise.all(
        Array.from({ length: 30 }, (_, index) => replicas.one(index).store.claim(key, 0)),
      );
      expect(claims.filter(({ kind }) => kind === 'mine')).toHaveLength(1);
    });

    it('a token dropped by one replica leaves the memory of all others', async () => {
      const key = newKey();
      const { token } = await (await leaseOf(replicas.one(0).store, key)).fulfil(freshToken());
      await replicas.one(1).store.read(key);
      await replicas.one(2).store.read(key);
      await replicas.one(0).store.drop(key, token.tokenId, 'refused');
      await expect.poll(() => replicas.one(1).store.peek(key)).toBeUndefined();
      await expect.poll(() => replicas.one(2).store.peek(key)).toBeUndefined();
    });

    it('a replica that could not subscribe does so with its next connection', async () => {
      const admin = replicas.admin();
      const listeners = async () => (await admin.pubSubNumSub(DROPPED_CHANNEL))[DROPPED_CHANNEL];
      await expect.poll(listeners).toBe(3);
      await admin.sendCommand(['ACL', 'SETUSER', 'default', 'resetchannels']);
      const late = await replicas.start();
      await expect
        .poll(() => late.logged)
        .toMatchObject([{ level: 'warn', message: 'redis subscription failed' }]);
      await admin.sendCommand(['ACL', 'SETUSER', 'default', 'allchannels']);
      await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await expect.poll(listeners, { timeout: 5_000 }).toBe(4);
    });

    it('a waiter at one replica is known to the others', async () => {
      const key = newKey();
      replicas.one(0).store.markWaiting(key, 60_000);
      await expect.poll(() => replicas.one(1).store.hasWaiter(key)).toBe(true);
      expect(await replicas.one(1).store.hasWaiter(newKey())).toBe(false);
    });

    it('the successor of a refused token is known as its replacement, whichever replica stores it', async () => {
      const key = newKey();
      const { token } = await (await leaseOf(replicas.one(0).store, key)).fulfil(freshToken());
      await replicas.one(1).store.drop(key, token.tokenId, 'refused');
      const next = await (await leaseOf(replicas.one(2).store, key)).fulfil(freshToken());
      expect(next.replacesRefused).toBe(true);
      expect((await replicas.one(0).store.read(key))?.replacesRefused).toBe(true);
    });

    it('the messages between replicas name neither tenant nor user', async () => {
      const heard: string[] = [];
      const spy = replicas.admin().duplicate();
      await spy.connect();
      await spy.pSubscribe('*', (message) => heard.push(message));
      const key = newKey();
      const { token } = await (await leaseOf(replicas.one(0).store, key)).fulfil(freshToken());
      await replicas.one(0).store.drop(key, token.tokenId, 'forgotten');
      await expect.poll(() => heard).toHaveLength(1);
      spy.destroy();
      expect(heard[0]).not.toMatch(/acme|userId/);
    });
  });

  describe('the lease', () => {
    it('the lease of a killed replica expires', async () => {
      const key = newKey();
      const killed = await replicas.start({ timing: SHORT });
      await leaseOf(killed.store, key);
      // Its connections are cut and its timers find them closed, as after kill -9.
      killed.close();
      killed.client.destroy();
      expect(await replicas.one().store.claim(key, 0)).toEqual({ kind: 'busy' });
      await expect
        .poll(async () => (await replicas.one().store.claim(key, 0)).kind, { timeout: 2_000 })
        .toBe('mine');
    });

    it('the lease of a slow replica is renewed while it works', async () => {
      const key = newKey();
      const slow = await replicas.start({ timing: SHORT });
      const lease = await leaseOf(slow.store, key);
      await sleep(3 * SHORT.leaseMs);
      expect(await replicas.one().store.claim(key, 0)).toEqual({ kind: 'busy' });
      await lease.release();
    });

    it('fencing: an answer that comes after a newer one never takes its place', async () => {
      const key = newKey();
      const late = await leaseOf(replicas.one(0).store, key);
      await loseLock();
      const newer = await (await leaseOf(replicas.one(1).store, key)).fulfil(freshToken());
      const given = await late.fulfil(freshToken());
      expect(given.token.tokenId).toBe(newer.token.tokenId);
      for (const index of [0, 1, 2] as const) {
        expect((await replicas.one(index).store.read(key))?.token.tokenId).toBe(newer.token.tokenId);
      }
    });

    it('fencing: not even when the newer one was refused meanwhile', async () => {
      const key = newKey();
      const late = await leaseOf(replicas.one(0).store, key);
      await loseLock();
      const newer = await (await leaseOf(replicas.one(1).store, key)).fulfil(freshToken());
      await replicas.one(1).store.drop(key, newer.token.tokenId, 'refused');
      await late.fulfil(freshToken());
      expect(await replicas.one(2).store.read(key)).toBeUndefined();
    });

    it('a lease lost to another replica is known as lost, one that only expired is taken again', async () => {
      const [gone, lost] = [newKey(), newKey()];
      const slow = await replicas.start({ timing: SHORT });
      const [goneLease, lostLease] = [await leaseOf(slow.store, gone), await leaseOf(slow.store, lost)];
      await loseLock();
      const next = await leaseOf(replicas.one(1).store, lost);
      await expect.poll(() => lostLease.isHeld()).toBe(false);
      expect(goneLease.isHeld()).toBe(true);
      expect(await replicas.one().store.claim(gone, 0)).toEqual({ kind: 'busy' });
      await goneLease.release();
      await next.release();
    });

    it('fencing: a replica that lost the lease does not release that of the next holder', async () => {
      const key = newKey();
      const late = await leaseOf(replicas.one(0).store, key);
      await loseLock();
      const next = await leaseOf(replicas.one(1).store, key);
      await late.release();
      expect(await replicas.one(2).store.claim(key, 0)).toEqual({ kind: 'busy' });
      await next.release();
    });
  });

  describe('at rest', () => {
    it('a token in Redis is sealed, under an opaque name, and expires with the token [ASVS 14.2.2]', async () => {
      const key = newKey();
      const made = freshToken({ value: new Secret('jwt-in-the-clear'), expiresAt: Date.now() + 600_000 });
      await replicas.admin().flushAll();
      await (await leaseOf(replicas.one().store, key)).fulfil(made);
      const admin = replicas.admin();
      const names = await admin.keys('*');
      expect(names).toHaveLength(1);
      expect(names[0]).toMatch(/^portal:v1:token:\{[\w-]{43}\}$/);
      const name = names[0]!.replace('portal:v1:', '');
      const record = await admin.hGetAll(name);
      expect(JSON.stringify(record)).not.toMatch(/jwt-in-the-clear|acme|userId/);
      const ttl = await admin.pTTL(name);
      expect(ttl).toBeGreaterThan(500_000);
      expect(ttl).toBeLessThanOrEqual(600_000);
    });

    it('a record that was changed, or moved to another user, does not open', async () => {
      const [mine, theirs] = [newKey(), newKey()];
      await replicas.admin().flushAll();
      await (await leaseOf(replicas.one().store, mine)).fulfil(freshToken());
      const admin = replicas.admin();
      const [name = ''] = (await admin.keys('*')).map((found) => found.replace('portal:v1:', ''));
      const record = await admin.hGetAll(name);
      await (await leaseOf(replicas.one().store, theirs)).fulfil(freshToken());
      const other = (await admin.keys('*'))
        .map((found) => found.replace('portal:v1:', ''))
        .find((found) => found !== name);
      await admin.hSet(other!, record);
      const reader = await replicas.start();
      expect(await reader.store.read(theirs)).toBeUndefined();
      expect(reader.logged).toMatchObject([{ level: 'warn' }]);
      expect(JSON.stringify(reader.logged)).not.toContain('jwt-');
      // And it is made anew.
      const again = await (await leaseOf(reader.store, theirs)).fulfil(freshToken());
      expect((await replicas.one(2).store.read(theirs))?.token.tokenId).toBe(again.token.tokenId);
    });
  });

  describe('without Redis', () => {
    it('a killed Redis causes no error and no wait, and is used again when it is back', async () => {
      const replica = await replicas.start({ timing: SHORT });
      const known = newKey();
      await (await leaseOf(replica.store, known)).fulfil(freshToken());
      await server().kill();
      const start = performance.now();
      expect(replica.store.peek(known)).toBeDefined();
      for (let request = 0; request < 100; request += 1) {
        const key = newKey();
        const { token } = await (await leaseOf(replica.store, key)).fulfil(freshToken());
        expect((await replica.store.read(key))?.token.tokenId).toBe(token.tokenId);
        await replica.store.drop(key, token.tokenId, 'refused');
        expect((await replica.budget.take('https://acme.eu.qlikcloud.com')).granted).toBe(true);
      }
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(replica.events).toEqual([{ type: 'shared-store', state: 'down' }]);
      expect(replica.logged.filter(({ level }) => level === 'warn')).toHaveLength(1);

      await server().restart();
      await expect.poll(() => isShared(replica), { timeout: 5_000, interval: 100 }).toBe(true);
      expect(replica.events.at(-1)).toEqual({ type: 'shared-store', state: 'up' });
    });

    it('a Redis that hangs delays one caller for a moment, and the others not at all', async () => {
      const replica = await replicas.start({ timing: SHORT });
      expect(await isShared(replica)).toBe(true);
      server().freeze();
      try {
        const start = performance.now();
        await replica.store.read(newKey());
        const first = performance.now() - start;
        expect(first).toBeLessThan(SHORT.timeoutMs * 2);
        for (let request = 0; request < 50; request += 1) await replica.store.read(newKey());
        expect(performance.now() - start - first).toBeLessThan(SHORT.timeoutMs);
      } finally {
        server().thaw();
      }
      await expect.poll(() => isShared(replica), { timeout: 5_000, interval: 100 }).toBe(true);
    });

    it('a token refused while Redis is away is not served from Redis afterwards', async () => {
      const replica = await replicas.start({ timing: SHORT });
      const key = newKey();
      const { token } = await (await leaseOf(replica.store, key)).fulfil(freshToken());
      server().freeze();
      await replica.store.drop(key, token.tokenId, 'refused');
      server().thaw();
      await expect.poll(() => isShared(replica), { timeout: 5_000, interval: 100 }).toBe(true);
      expect(await replica.store.read(key)).toBeUndefined();
      await (await leaseOf(replica.store, key)).release();
    });
  });

  // As if it had run out.
  async function loseLock(): Promise<void> {
    const admin = replicas.admin();
    const locks = await admin.keys('portal:v1:lock:*');
    for (const lock of locks) await admin.del(lock.replace('portal:v1:', ''));
  }

  /** Whether others see what it keeps. */
  async function isShared({ store }: Pick<Replica, 'store'>): Promise<boolean> {
    const key = newKey();
    const claim = await store.claim(key, 0);
    if (claim.kind === 'mine') await claim.lease.fulfil(freshToken());
    const reader = replicas.one(2);
    return (await reader.store.read(key)) !== undefined;
  }
});
