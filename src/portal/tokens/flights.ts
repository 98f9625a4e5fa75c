import { PortalError } from '../../domain/errors.ts';
import { within } from '../../runtime/timer.ts';
import type { TokenRequest } from '../../domain/model/token.ts';
import type { StoredToken, TokenStore } from '../../domain/ports/token-store.ts';
import { createBackOff } from './back-off.ts';
import type { ExchangeDeps } from './exchange.ts';
import type { Flight } from './flight.ts';
import type { TenantGate } from './tenant-gate.ts';

export interface Errand {
  readonly key: string;
  readonly request: TokenRequest;
  /** The fence of the token to be replaced; 0 where there is none. */
  readonly newerThan: number;
}

export interface Flights {
  /** Waits for the flight of the key, `patienceMs` at most; starts it where none is on its way. */
  wait(errand: Errand, patienceMs: number): Promise<StoredToken>;
  /** Sees to it that a flight is on its way, unless it would be in vain for now. */
  begin(errand: Errand): void;
  /** Resolves when none is on its way for the key in this process. */
  landed(key: string): Promise<void>;
}

interface FlightsDeps extends Pick<ExchangeDeps, 'clock' | 'timer' | 'random' | 'observe'> {
  readonly store: Pick<TokenStore, 'want'>;
  readonly obtain: (flight: Flight) => Promise<StoredToken>;
  readonly gateOf: (request: TokenRequest) => TenantGate;
}

interface Running extends Flight {
  readonly result: Promise<StoredToken>;
}

/** Who is told to come back does so within this, and then keeps the place. */
const LONGEST_RETRY_AFTER_MS = 60_000;
const KEEP_PLACE_MS = 3 * LONGEST_RETRY_AFTER_MS;

/** Any number of callers for one key share one flight. */
export function createFlights({
  store,
  obtain,
  gateOf,
  clock,
  timer,
  random,
  observe,
}: FlightsDeps): Flights {
  const running = new Map<string, Running>();
  const backOff = createBackOff({ clock, random });

  function join({ key, request, newerThan }: Errand): Running {
    const known = running.get(key);
    if (known !== undefined) {
      known.request = request;
      return known;
    }
    backOff.check(key);
    const gate = gateOf(request);
    gate.check(request);
    const place = gate.join();
    const flight: Flight = { key, request, newerThan, place, elsewhere: false };
    const started = Object.assign(flight, { result: fly(flight) });
    running.set(key, started);
    return started;
  }

  async function fly(flight: Flight): Promise<StoredToken> {
    try {
      // Off the caller's stack, so that the flight is known before it can end.
      await Promise.resolve();
      const stored = await obtain(flight);
      backOff.succeeded(flight.key);
      return stored;
    } catch (error) {
      backOff.failed(flight.key, error);
      throw error;
    } finally {
      running.delete(flight.key);
    }
  }

  function turnedAway({ request, place }: Flight, waitMs: number): PortalError {
    const retryAfterMs = Math.min(LONGEST_RETRY_AFTER_MS, Math.max(1_000, waitMs));
    observe({ type: 'turned-away', tenantId: request.tenantId, retryAfterMs });
    const detail = `${place.ahead()} are before you`;
    return new PortalError('qlik_rate_limited', { detail, retryAfterS: Math.ceil(retryAfterMs / 1000) });
  }

  return {
    async landed(key) {
      await running.get(key)?.result.catch(ignore);
    },
    async wait(errand, patienceMs) {
      const flight = join(errand);
      store.want(errand.key, KEEP_PLACE_MS);
      const gate = gateOf(errand.request);
      flight.result.catch(ignore);
      // Its place in the line is kept: holding the connection as well would only cost both sides.
      const worthWaiting = gate.expectedWaitMs(flight) <= patienceMs;
      const stored = worthWaiting ? await within(timer, patienceMs, flight.result) : undefined;
      if (stored !== undefined) return stored;
      const waitMs = gate.expectedWaitMs(flight);
      // One that another replica has in hand for so long waits for the budget there.
      throw waitMs > 0 || flight.elsewhere ? turnedAway(flight, waitMs) : new PortalError('qlik_timeout');
    },
    begin(errand) {
      const isNew = !running.has(errand.key);
      try {
        join(errand).result.catch(ignore);
        // Once: every answer of a token that ages comes by here.
        if (isNew) store.want(errand.key, KEEP_PLACE_MS);
      } catch (error) {
        if (!(error instanceof PortalError)) throw error;
      }
    },
  };
}

// Logged where it happened; nobody waits for this one.
function ignore(): void {}
