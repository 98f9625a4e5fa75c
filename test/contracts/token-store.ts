import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Lease, FreshToken, StoredToken, TokenStore } from '../../src/domain/ports/token-store.ts';
import { Secret } from '../../src/domain/model/secret.ts';

export function freshToken(change: Partial<FreshToken['token']> = {}): FreshToken {
  const issuedAt = Date.now();
  const token = {
    tokenId: randomUUID(),
    value: new Secret(`jwt-${randomUUID()}`),
    scope: 'user_default',
    issuedAt,
    expiresAt: issuedAt + 3_600_000,
    ...change,
  };
  return { token, refreshAt: issuedAt + 1_800_000 };
}

/** The lease of a key that must be free. */
export async function leaseOf(store: Pick<TokenStore, 'claim'>, key: string, newerThan = 0): Promise<Lease> {
  const claim = await store.claim(key, newerThan);
  if (claim.kind !== 'mine') throw new Error(`the key is ${claim.kind}`);
  return claim.lease;
}

const plain = (stored: StoredToken | undefined) =>
  stored && { ...stored, token: { ...stored.token, value: stored.token.value.reveal() } };

/** A key that no other test uses. */
export function newKey(): string {
  return JSON.stringify(['acme', 'https://acme.eu.qlikcloud.com', 'client', 'userId', randomUUID()]);
}

/** What every token store keeps to, whatever it is made of. */
export function tokenStoreContract(open: () => TokenStore): void {
  describe('contract of a token store', () => {
    it('the lease of a new key is free', async () => {
      const store = open();
      const fresh = newKey();
      expect(store.peek(fresh)).toBeUndefined();
      expect(await store.read(fresh)).toBeUndefined();
      await (await leaseOf(store, fresh)).release();
    });

    it('a stored token is read back unchanged', async () => {
      const store = open();
      const fresh = newKey();
      const made = freshToken({ scope: 'user_default "ü"' });
      const kept = await (await leaseOf(store, fresh)).fulfil(made);
      const expected = plain({ ...made, fence: kept.fence, replacesRefused: false });
      expect(plain(kept)).toEqual(expected);
      expect(plain(await store.read(fresh))).toEqual(expected);
      expect(plain(store.peek(fresh))).toEqual(expected);
      const claim = await store.claim(fresh, 0);
      expect(claim.kind === 'token' && plain(claim.stored)).toEqual(expected);
    });

    it('one of many simultaneous claims gets the lease', async () => {
      const store = open();
      const fresh = newKey();
      const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(fresh, 0)));
      expect(claims.filter(({ kind }) => kind === 'mine')).toHaveLength(1);
      expect(claims.filter(({ kind }) => kind === 'busy')).toHaveLength(19);
    });

    it('a released lease is free, and may be released again', async () => {
      const store = open();
      const fresh = newKey();
      const lease = await leaseOf(store, fresh);
      await lease.release();
      const next = await leaseOf(store, fresh);
      await lease.release();
      expect(await store.claim(fresh, 0)).toEqual({ kind: 'busy' });
      await next.release();
    });

    it('releasing a lease after fulfilling it leaves the token', async () => {
      const store = open();
      const fresh = newKey();
      const lease = await leaseOf(store, fresh);
      const made = freshToken();
      await lease.fulfil(made);
      await lease.release();
      expect((await store.read(fresh))?.token.tokenId).toBe(made.token.tokenId);
    });

    it('a successor is stored while the token is in use, and then replaces it', async () => {
      const store = open();
      const fresh = newKey();
      const first = await (await leaseOf(store, fresh)).fulfil(freshToken());
      const lease = await leaseOf(store, fresh, first.fence);
      expect((await store.read(fresh))?.token.tokenId).toBe(first.token.tokenId);
      expect((await store.claim(fresh, first.fence)).kind).toBe('busy');
      const second = await lease.fulfil(freshToken());
      expect(second.fence).toBeGreaterThan(first.fence);
      expect((await store.read(fresh))?.token.tokenId).toBe(second.token.tokenId);
      expect(await store.claim(fresh, first.fence)).toMatchObject({ kind: 'token' });
    });

    it('a token is dropped only if it is the current one', async () => {
      const store = open();
      const fresh = newKey();
      const { token } = await (await leaseOf(store, fresh)).fulfil(freshToken());
      await store.drop(fresh, randomUUID(), 'forgotten');
      expect((await store.read(fresh))?.token.tokenId).toBe(token.tokenId);
      await Promise.all(Array.from({ length: 10 }, () => store.drop(fresh, token.tokenId, 'forgotten')));
      expect(store.peek(fresh)).toBeUndefined();
      expect(await store.read(fresh)).toBeUndefined();
      await (await leaseOf(store, fresh)).release();
    });

    it('only the successor of a refused token is known as its replacement', async () => {
      const store = open();
      const fresh = newKey();
      const make = async (newerThan = 0) => (await leaseOf(store, fresh, newerThan)).fulfil(freshToken());
      const first = await make();
      await store.drop(fresh, first.token.tokenId, 'forgotten');
      const second = await make();
      await store.drop(fresh, second.token.tokenId, 'refused');
      const third = await make();
      const fourth = await make(third.fence);
      expect([first, second, third, fourth].map(({ replacesRefused }) => replacesRefused)).toEqual([
        false,
        false,
        true,
        false,
      ]);
    });

    it('a successor claimed before the token was refused is known as its replacement too', async () => {
      const store = open();
      const fresh = newKey();
      const { token, fence } = await (await leaseOf(store, fresh)).fulfil(freshToken());
      const lease = await leaseOf(store, fresh, fence);
      await store.drop(fresh, token.tokenId, 'refused');
      expect((await lease.fulfil(freshToken())).replacesRefused).toBe(true);
      expect((await store.read(fresh))?.replacesRefused).toBe(true);
    });

    it('an expired token is never returned', async () => {
      const store = open();
      const fresh = newKey();
      await (await leaseOf(store, fresh)).fulfil(freshToken({ expiresAt: Date.now() + 60 }));
      expect(store.peek(fresh)).toBeDefined();
      await expect.poll(() => store.peek(fresh)).toBeUndefined();
      expect(await store.read(fresh)).toBeUndefined();
      await (await leaseOf(store, fresh)).release();
    });

    it('a waiter is known for the time it was marked for, with or without a token', async () => {
      const store = open();
      const fresh = newKey();
      expect(await store.hasWaiter(fresh)).toBe(false);
      store.markWaiting(fresh, 300);
      await expect.poll(() => store.hasWaiter(fresh)).toBe(true);
      const { token } = await (await leaseOf(store, fresh)).fulfil(freshToken());
      expect((await store.read(fresh))?.token.tokenId).toBe(token.tokenId);
      await expect.poll(() => store.hasWaiter(fresh)).toBe(false);
    });

    it('keys are independent', async () => {
      const store = open();
      const [mine, theirs] = [newKey(), newKey()];
      await (await leaseOf(store, mine)).fulfil(freshToken());
      expect(await store.read(theirs)).toBeUndefined();
      await (await leaseOf(store, theirs)).release();
    });
  });
}
