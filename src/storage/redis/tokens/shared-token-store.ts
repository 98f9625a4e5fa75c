import type { Claim, Lease, StoredToken, TokenStore } from '../../../domain/ports/token-store.ts';
import type { MemoryTokenStore } from '../../memory/token-store.ts';
import type { RedisGuard } from '../redis-guard.ts';
import type { RedisClaim, RedisLease, RedisTokenStore } from './token-store.ts';

interface SharedTokenStoreParts {
  /** Of this process. */
  readonly local: MemoryTokenStore;
  /** Of all replicas. */
  readonly remote: RedisTokenStore;
  readonly guard: RedisGuard;
}

/** Memory in front of Redis: what is known locally costs no round trip, and serves alone while Redis is unavailable. */
export function createSharedTokenStore({ local, remote, guard }: SharedTokenStoreParts): TokenStore {
  function claimRemote(key: string, newerThan: number): Promise<RedisClaim | undefined> {
    let late = false;
    return guard.orElse(
      async () => {
        const claim = await remote.claim(key, newerThan);
        // Its caller has given up: without the release, the next would wait for the lease to expire.
        if (late && claim.kind === 'mine') await claim.lease.release();
        return claim;
      },
      () => {
        late = true;
        return undefined;
      },
    );
  }

  function sharedLease(key: string, lease: RedisLease): Lease {
    return {
      isHeld: () => lease.isHeld(),
      async fulfil(fresh) {
        const stored = await guard.orElse(
          () => lease.fulfil(fresh),
          (): StoredToken => {
            lease.abandon();
            return { ...fresh, fence: lease.fence, replacesRefused: local.wasRefused(key) };
          },
        );
        return local.keep(key, stored) ?? stored;
      },
      release: () =>
        guard.orElse(
          () => lease.release(),
          () => lease.abandon(),
        ),
    };
  }

  return {
    peek: (key) => local.peek(key),

    async read(key) {
      const found = await guard.orElse(
        () => remote.read(key),
        () => undefined,
      );
      return found === undefined ? local.peek(key) : local.keep(key, found);
    },

    async claim(key, newerThan): Promise<Claim> {
      const claim = await claimRemote(key, newerThan);
      if (claim === undefined) return local.claim(key, newerThan);
      if (claim.kind === 'mine') return { kind: 'mine', lease: sharedLease(key, claim.lease) };
      if (claim.kind === 'busy') return claim;
      const stored = local.keep(key, claim.stored);
      // Dropped here while Redis was away: it must not come back.
      return stored === undefined ? local.claim(key, newerThan) : { kind: 'token', stored };
    },

    markWaiting(key, ms) {
      local.markWaiting(key, ms);
      void guard.orElse(
        () => remote.markWaiting(key, ms),
        () => undefined,
      );
    },

    async hasWaiter(key) {
      // A local waiter is known without a round trip.
      if (await local.hasWaiter(key)) return true;
      return guard.orElse(
        () => remote.hasWaiter(key),
        () => false,
      );
    },

    async drop(...drop) {
      await local.drop(...drop);
      await guard.orElse(
        () => remote.drop(...drop),
        () => undefined,
      );
    },
  };
}
