import { refreshTime, type TokenAgeing } from '../../domain/rules/token-lifetime.ts';
import type { Lease, StoredToken, TokenStore } from '../../domain/ports/token-store.ts';
import type { TokenRequest } from '../../domain/model/token.ts';
import type { ExchangeDeps } from './exchange.ts';
import type { InFlight } from './token-fetch.ts';
import type { TenantQueue } from './tenant-queue.ts';

interface ObtainTokenDeps extends Pick<ExchangeDeps, 'timer' | 'random'> {
  readonly store: TokenStore;
  readonly queueOf: (request: TokenRequest) => TenantQueue;
  readonly ageing: TokenAgeing;
}

const LOOK_AGAIN_MS = 50;

/** Once a fetch has its slot: takes the token that another replica has fetched meanwhile, or fetches it, alone. */
export function createObtainToken({ store, queueOf, ageing, timer, random }: ObtainTokenDeps) {
  async function exchange(fetch: InFlight, lease: Lease, queue: TenantQueue) {
    try {
      const token = await queue.exchange(fetch, lease);
      if (token === undefined) return undefined;
      return await lease.fulfil({ token, refreshAt: refreshTime(token, ageing, random()) });
    } finally {
      await lease.release();
    }
  }

  return async function obtain(fetch: InFlight): Promise<StoredToken> {
    const queue = queueOf(fetch.request);
    for (;;) {
      const stored = await queue.run(fetch, async () => {
        const claim = await store.claim(fetch.key, fetch.newerThan);
        fetch.inOtherReplica = claim.kind === 'busy';
        if (claim.kind === 'token') return claim.stored;
        return claim.kind === 'mine' ? exchange(fetch, claim.lease, queue) : undefined;
      });
      if (stored !== undefined) return stored;
      // Another replica has the lease. Waiting without a slot leaves the slot to fetches with something to do.
      await timer.sleep(LOOK_AGAIN_MS * (0.5 + random()));
      fetch.slot = queue.join();
    }
  };
}
