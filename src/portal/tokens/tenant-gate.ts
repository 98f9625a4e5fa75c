import { PortalError } from '../../domain/errors.ts';
import type { Allowance } from '../../domain/ports/exchange-budget.ts';
import { type OAuthClientCredentials, sameCredentials } from '../../domain/model/tenant.ts';
import type { Lease, TokenStore } from '../../domain/ports/token-store.ts';
import type { AccessToken, TokenRequest } from '../../domain/model/token.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { createExchange, type ExchangeDeps } from './exchange.ts';
import type { Flight } from './flight.ts';
import { createWaitingLine, type Place } from '../../runtime/fair-queue.ts';

/** All that stands between the portal and one tenant, so that what befalls this tenant befalls no other. */
export interface TenantGate {
  /** @throws PortalError at once while the tenant is left alone because it kept failing. */
  check(request: TokenRequest): void;
  /** Takes the next place in the line. @throws PortalError qlik_rate_limited where it is full. */
  join(): Place;
  /** Does the work when the flight's place has its turn, and leaves the line. */
  pass<Result>(flight: Flight, work: () => Promise<Result>): Promise<Result>;
  /** Only within {@link TenantGate.pass}. Undefined where the lease was lost while it waited for the budget. */
  exchange(flight: Flight, lease: Pick<Lease, 'isHeld'>): Promise<AccessToken | undefined>;
  /** ms until the flight's turn, as far as it can be known; 0 while the budget has room. */
  expectedWaitMs(flight: Flight): number;
}

interface TenantGateDeps extends ExchangeDeps {
  readonly store: Pick<TokenStore, 'isWanted'>;
}

const EXCHANGES_AT_ONCE = 16;
const MAX_WAITING = 20_000;

export function createTenantGates(deps: TenantGateDeps): (request: TokenRequest) => TenantGate {
  const gates = new Map<string, TenantGate>();
  return function gateOf(request) {
    // By origin: that is what counts requests, also where two customers share it.
    const known = gates.get(request.host);
    if (known !== undefined) return known;
    const made = createTenantGate(request.host, deps);
    gates.set(request.host, made);
    return made;
  };
}

function createTenantGate(host: string, deps: TenantGateDeps): TenantGate {
  const { store, budget, clock, timer, log, observe } = deps;
  const line = createWaitingLine({ atOnce: EXCHANGES_AT_ONCE, maxWaiting: MAX_WAITING });
  const takers = createWaitingLine({ atOnce: 1, maxWaiting: EXCHANGES_AT_ONCE });
  const breakers = new Map<string, { client: OAuthClientCredentials; breaker: CircuitBreaker }>();
  let nextGrantAt = 0;

  // By client as well: a wrong secret shuts out nobody else of the host, and one that was mended begins afresh.
  function breakerOf({ tenantId, client }: TokenRequest): CircuitBreaker {
    const known = breakers.get(client.clientId);
    if (known !== undefined && sameCredentials(known.client, client)) return known.breaker;
    const breaker = createCircuitBreaker({
      clock,
      onChange(state) {
        observe({ type: 'breaker', tenantId, state });
        log.warn({ tenantId, state }, 'the circuit breaker of the tenant changed');
      },
    });
    breakers.set(client.clientId, { client, breaker });
    return breaker;
  }

  async function take({ tenantId }: TokenRequest): Promise<Allowance> {
    const allowance = await budget.take(host);
    if (allowance.granted) observe({ type: 'budget', tenantId, left: allowance.left });
    return allowance;
  }

  async function permission(flight: Flight): Promise<void> {
    const place = takers.join();
    await place.turn;
    try {
      for (;;) {
        breakerOf(flight.request).check();
        await expectWanted(flight);
        const allowance = await take(flight.request);
        if (allowance.granted) return;
        nextGrantAt = clock.now() + allowance.waitMs;
        await timer.sleep(Math.max(1, Math.ceil(allowance.waitMs)));
      }
    } finally {
      place.leave();
    }
  }

  // Nobody came back for it, so its place goes to those who did.
  async function expectWanted({ key }: Flight): Promise<void> {
    if (await store.isWanted(key)) return;
    throw new PortalError('qlik_rate_limited', { detail: 'nobody waits for it any more', retryAfterS: 1 });
  }

  return {
    check: (request) => breakerOf(request).check(),
    exchange: createExchange({ ...deps, breakerOf, take, permission }),
    join: () => line.join(),
    async pass(flight, work) {
      const { place } = flight;
      await place.turn;
      try {
        breakerOf(flight.request).check();
        return await work();
      } finally {
        place.leave();
      }
    },
    expectedWaitMs(flight) {
      const untilNext = nextGrantAt - clock.now();
      if (untilNext <= 0) return 0;
      const { windowMs, exchanges } = budget.limit;
      return untilNext + (flight.place.ahead() * windowMs) / exchanges;
    },
  };
}
