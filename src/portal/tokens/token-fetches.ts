import { asPortalError, PortalError } from '../../domain/errors.ts';
import type { TokenRequest } from '../../domain/model/token.ts';
import type { StoredToken, TokenStore } from '../../domain/ports/token-store.ts';
import { createCoolDowns } from '../../runtime/cool-down.ts';
import { createSingleFlight } from '../../runtime/single-flight.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { ExchangeDeps } from './exchange.ts';
import type { TenantQueue } from './tenant-queue.ts';
import type { InFlight, TokenFetch } from './token-fetch.ts';

export interface TokenFetches {
  /** Waits for the fetch of the key, `patienceMs` at most; starts it where none is in flight. */
  wait(fetch: TokenFetch, patienceMs: number): Promise<StoredToken>;
  /** Starts the fetch in the background, unless it would fail for now. */
  begin(fetch: TokenFetch): void;
  /** Resolves when no fetch of the key is in flight in this process. */
  idle(key: string): Promise<void>;
}

interface TokenFetchesDeps extends Pick<ExchangeDeps, 'clock' | 'timer' | 'random' | 'observe'> {
  readonly store: Pick<TokenStore, 'markWaiting'>;
  readonly obtain: (fetch: InFlight) => Promise<StoredToken>;
  readonly queueOf: (request: TokenRequest) => TenantQueue;
}

interface Flight extends InFlight {
  readonly result: Promise<StoredToken>;
}

/** A caller that is told to come back does so within this, and then keeps its position. */
const LONGEST_RETRY_AFTER_MS = 60_000;
const KEEP_POSITION_MS = 3 * LONGEST_RETRY_AFTER_MS;
/** A failure is not kept as an answer, only as a reason not to ask again too soon. */
const AFTER_FAILURE = { firstMs: 1_000, longestMs: 30_000, rememberMs: 5 * 60_000 };

/** Any number of callers for one key share one fetch. */
export function createTokenFetches(deps: TokenFetchesDeps): TokenFetches {
  const { store, obtain, queueOf, clock, timer, random, observe } = deps;
  const flights = createSingleFlight<string, Flight>();
  const coolDowns = createCoolDowns({ clock, random, ...AFTER_FAILURE });

  function join(fetch: TokenFetch): Flight {
    const flight = flights.join(fetch.key, () => start(fetch));
    flight.request = fetch.request;
    return flight;
  }

  function start(fetch: TokenFetch): Flight {
    coolDowns.check(fetch.key);
    const queue = queueOf(fetch.request);
    queue.check(fetch.request);
    const inFlight: InFlight = { ...fetch, slot: queue.join(), inOtherReplica: false };
    return Object.assign(inFlight, { result: run(inFlight) });
  }

  async function run(inFlight: InFlight): Promise<StoredToken> {
    try {
      const stored = await obtain(inFlight);
      coolDowns.succeeded(inFlight.key);
      return stored;
    } catch (error) {
      coolDowns.failed(inFlight.key, asPortalError(error));
      throw error;
    }
  }

  function turnedAway({ request, slot }: InFlight, waitMs: number): PortalError {
    const retryAfterMs = Math.min(LONGEST_RETRY_AFTER_MS, Math.max(1_000, waitMs));
    observe({ type: 'turned-away', tenantId: request.tenantId, retryAfterMs });
    const detail = `position ${slot.position()} in the queue of the tenant`;
    return new PortalError('qlik_rate_limited', { detail, retryAfterS: Math.ceil(retryAfterMs / 1000) });
  }

  return {
    async idle(key) {
      await flights.pending(key)?.result.catch(ignore);
    },
    async wait(fetch, patienceMs) {
      const flight = join(fetch);
      store.markWaiting(fetch.key, KEEP_POSITION_MS);
      const queue = queueOf(fetch.request);
      flight.result.catch(ignore);
      function notInTime(): never {
        const waitMs = queue.expectedWaitMs(flight);
        // A fetch that takes another replica that long waits for the budget there.
        throw waitMs > 0 || flight.inOtherReplica
          ? turnedAway(flight, waitMs)
          : new PortalError('qlik_timeout');
      }
      // The position in the queue is kept: holding the connection as well would only cost both sides.
      if (queue.expectedWaitMs(flight) > patienceMs) return notInTime();
      return withTimeout(flight.result, { timer, ms: patienceMs, onTimeout: notInTime });
    },
    begin(fetch) {
      const isNew = flights.pending(fetch.key) === undefined;
      try {
        join(fetch).result.catch(ignore);
        // Once per fetch: this runs for every answer with an ageing token.
        if (isNew) store.markWaiting(fetch.key, KEEP_POSITION_MS);
      } catch (error) {
        if (!(error instanceof PortalError)) throw error;
      }
    },
  };
}

// Logged where it happened.
function ignore(): void {}
