import { PortalError } from '../../domain/errors.ts';
import { type OAuthClientCredentials, sameCredentials } from '../../domain/model/tenant.ts';
import type { TokenRequest } from '../../domain/model/token.ts';
import type { TokenStore } from '../../domain/ports/token-store.ts';
import { createFairQueue, type Slot } from '../../runtime/fair-queue.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { createExchange, type Exchange, type ExchangeDeps } from './exchange.ts';
import { createTenantPace } from './tenant-pace.ts';
import type { InFlight } from './token-fetch.ts';

/** Queue, budget and circuit breakers of one tenant: what happens to this tenant affects no other. */
export interface TenantQueue {
  /** @throws PortalError while the circuit breaker of the request's client is open. */
  check(request: TokenRequest): void;
  /** @throws PortalError qlik_rate_limited, where the queue is full. */
  join(): Slot;
  /** Does the work once the fetch has its slot, and releases the slot. */
  run<Result>(fetch: InFlight, work: () => Promise<Result>): Promise<Result>;
  /** Only within {@link TenantQueue.run}. */
  readonly exchange: Exchange;
  /** ms until the fetch has its slot, as far as that can be known; 0 while the budget grants requests. */
  expectedWaitMs(fetch: InFlight): number;
}

interface TenantQueueDeps extends ExchangeDeps {
  readonly store: Pick<TokenStore, 'hasWaiter'>;
}

const SLOTS = 16;
const MAX_WAITING = 20_000;

export function createTenantQueues(deps: TenantQueueDeps): (request: TokenRequest) => TenantQueue {
  const queues = new Map<string, TenantQueue>();
  return function queueOf(request) {
    // By origin: that is what counts requests, also where two customers share it.
    const existing = queues.get(request.host);
    if (existing !== undefined) return existing;
    const created = createTenantQueue(request.host, deps);
    queues.set(request.host, created);
    return created;
  };
}

function createTenantQueue(host: string, deps: TenantQueueDeps): TenantQueue {
  const { store, budget, clock, timer, log, observe } = deps;
  const queue = createFairQueue({ slots: SLOTS, maxWaiting: MAX_WAITING });
  const pace = createTenantPace({ budget, timer, maxWaiting: SLOTS });
  const breakers = new Map<string, { client: OAuthClientCredentials; breaker: CircuitBreaker }>();
  let nextGrantAt = 0;

  // By client as well: a wrong secret affects no other client of the host, and corrected credentials start closed.
  function breakerOf({ tenantId, client }: TokenRequest): CircuitBreaker {
    const existing = breakers.get(client.clientId);
    if (existing !== undefined && sameCredentials(existing.client, client)) return existing.breaker;
    const breaker = createCircuitBreaker({
      clock,
      onChange(state) {
        observe({ type: 'breaker', tenantId, state });
        log.warn({ tenantId, state }, 'circuit breaker changed state');
      },
    });
    breakers.set(client.clientId, { client, breaker });
    return breaker;
  }

  async function take({ tenantId }: TokenRequest) {
    const allowance = await budget.take(host);
    if (allowance.granted) observe({ type: 'budget', tenantId, left: allowance.left });
    return allowance;
  }

  function acquire(fetch: InFlight): Promise<void> {
    return pace.acquire(host, async () => {
      breakerOf(fetch.request).check();
      if (!(await store.hasWaiter(fetch.key))) {
        throw new PortalError('qlik_rate_limited', {
          detail: 'no caller waits for it any more',
          retryAfterS: 1,
        });
      }
      const allowance = await take(fetch.request);
      if (!allowance.granted) nextGrantAt = clock.now() + allowance.waitMs;
      return allowance;
    });
  }

  return {
    check: (request) => breakerOf(request).check(),
    exchange: createExchange({ ...deps, breakerOf, take, acquire }),
    join: () => queue.join(),
    async run(fetch, work) {
      const { slot } = fetch;
      await slot.granted;
      try {
        breakerOf(fetch.request).check();
        return await work();
      } finally {
        slot.release();
      }
    },
    expectedWaitMs({ slot }) {
      const untilNext = nextGrantAt - clock.now();
      if (untilNext <= 0) return 0;
      const { windowMs, exchanges } = budget.limit;
      return untilNext + (slot.position() * windowMs) / exchanges;
    },
  };
}
