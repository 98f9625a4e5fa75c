import { refreshTime, type TokenAgeing } from '../../domain/rules/token-lifetime.ts';
import type { Lease, StoredToken, TokenStore } from '../../domain/ports/token-store.ts';
import type { TokenRequest } from '../../domain/model/token.ts';
import type { ExchangeDeps } from './exchange.ts';
import type { Flight } from './flight.ts';
import type { TenantGate } from './tenant-gate.ts';

interface ObtainTokenDeps extends Pick<ExchangeDeps, 'timer' | 'random'> {
  readonly store: TokenStore;
  readonly gateOf: (request: TokenRequest) => TenantGate;
  readonly ageing: TokenAgeing;
}

const LOOK_AGAIN_MS = 50;

/** What a flight does in its turn: take the token that another replica has made meanwhile, or make it, alone. */
export function createObtainToken({ store, gateOf, ageing, timer, random }: ObtainTokenDeps) {
  async function make(flight: Flight, lease: Lease, gate: TenantGate): Promise<StoredToken | undefined> {
    try {
      const token = await gate.exchange(flight, lease);
      if (token === undefined) return undefined;
      return await lease.fulfil({ token, refreshAt: refreshTime(token, ageing, random()) });
    } finally {
      await lease.release();
    }
  }

  return async function obtain(flight: Flight): Promise<StoredToken> {
    const gate = gateOf(flight.request);
    for (;;) {
      const stored = await gate.pass(flight, async () => {
        const claim = await store.claim(flight.key, flight.newerThan);
        flight.elsewhere = claim.kind === 'busy';
        if (claim.kind === 'token') return claim.stored;
        return claim.kind === 'mine' ? make(flight, claim.lease, gate) : undefined;
      });
      if (stored !== undefined) return stored;
      // Another replica is at it. To wait outside the line leaves the turn to those with something to do.
      await timer.sleep(LOOK_AGAIN_MS * (0.5 + random()));
      flight.place = gate.join();
    }
  };
}
