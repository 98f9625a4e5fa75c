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

/** Memory in front of Redis: what is known here costs no round trip, and all goes on while Redis is away. */
export function createSharedTokenStore({
  local: near,
  remote: far,
  guard,
}: SharedTokenStoreParts): TokenStore {
  function claimRemote(key: string, newerThan: number): Promise<RedisClaim | undefined> {
    let late = false;
    return guard.orElse(
      async () => {
        const claim = await far.claim(key, newerThan);
        // Nobody waits for this lease any more, and whoever wants it next should not either.
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
      async fulfil(made) {
        const stored = await guard.orElse(
          () => lease.fulfil(made),
          (): StoredToken => {
            lease.abandon();
            return { ...made, fence: lease.fence, replacesRefused: near.wasRefused(key) };
          },
        );
        return near.keep(key, stored) ?? stored;
      },
      release: () =>
        guard.orElse(
          () => lease.release(),
          () => lease.abandon(),
        ),
    };
  }

  return {
    peek: (key) => near.peek(key),

    async read(key) {
      const found = await guard.orElse(
        () => far.read(key),
        () => undefined,
      );
      return found === undefined ? near.peek(key) : near.keep(key, found);
    },

    async claim(key, newerThan): Promise<Claim> {
      const claim = await claimRemote(key, newerThan);
      if (claim === undefined) return near.claim(key, newerThan);
      if (claim.kind === 'mine') return { kind: 'mine', lease: sharedLease(key, claim.lease) };
      if (claim.kind === 'busy') return claim;
      const stored = near.keep(key, claim.stored);
      // Dropped here while Redis was away: it must not come back.
      return stored === undefined ? near.claim(key, newerThan) : { kind: 'token', stored };
    },

    markWaiting(key, ms) {
      near.markWaiting(key, ms);
      void guard.orElse(
        () => far.markWaiting(key, ms),
        () => undefined,
      );
    },

    async hasWaiter(key) {
      // Whoever waits here is known without a round trip.
      if (await near.hasWaiter(key)) return true;
      return guard.orElse(
        () => far.hasWaiter(key),
        () => false,
      );
    },

    async drop(...drop) {
      await near.drop(...drop);
      await guard.orElse(
        () => far.drop(...drop),
        () => undefined,
      );
    },
  };
}
