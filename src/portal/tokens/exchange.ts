import type { Clock } from '../../runtime/clock.ts';
import { asPortalError, hasCode } from '../../domain/errors.ts';
import type { Allowance, ExchangeBudget } from '../../domain/ports/exchange-budget.ts';
import { PAUSE_WITHOUT_RETRY_AFTER_S } from '../../domain/rules/exchange-limit.ts';
import type { Log } from '../../runtime/log.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { Timer } from '../../runtime/timer.ts';
import type { ObserveTokens } from '../../runtime/token-events.ts';
import type { AccessToken, TokenRequest } from '../../domain/model/token.ts';
import type { Lease } from '../../domain/ports/token-store.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { InFlight } from './token-fetch.ts';

export interface ExchangeDeps {
  readonly oauth: Pick<QlikOAuth, 'impersonate'>;
  readonly budget: ExchangeBudget;
  readonly clock: Clock;
  readonly timer: Timer;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  readonly observe: ObserveTokens;
}

interface TenantExchangeDeps extends ExchangeDeps {
  readonly breakerOf: (request: TokenRequest) => CircuitBreaker;
  /** Takes one exchange of the tenant's budget, if one is left. */
  readonly take: (request: TokenRequest) => Promise<Allowance>;
  /** Waits until the tenant's budget grants one exchange. */
  readonly acquire: (fetch: InFlight) => Promise<void>;
}

/** Undefined where the lease was lost while the fetch waited for the budget. */
export type Exchange = (fetch: InFlight, lease: Pick<Lease, 'isHeld'>) => Promise<AccessToken | undefined>;

const RETRIES = 2;
const FIRST_RETRY_MS = 200;

/** Exchanges the client's credentials for the user's token, within the tenant's budget. */
export function createExchange(deps: TenantExchangeDeps): Exchange {
  const { oauth, budget, breakerOf, take, acquire, clock, timer, random, log, observe } = deps;

  async function send(request: TokenRequest): Promise<AccessToken> {
    const { tenantId } = request;
    const start = clock.now();
    try {
      const token = await oauth.impersonate(request);
      observe({ type: 'exchanged', tenantId, result: 'ok', ms: clock.now() - start });
      return token;
    } catch (error) {
      const { code, detail, qlikTraceId } = asPortalError(error);
      observe({ type: 'exchanged', tenantId, result: code, ms: clock.now() - start });
      const alarm = code === 'qlik_client_rejected' ? 'error' : 'warn';
      log[alarm]({ tenantId, code, detail, qlikTraceId }, 'token exchange failed');
      throw error;
    }
  }

  /** Retries where the connection failed, so that a short interruption does not count as a failure of the tenant. */
  async function sendWithRetries(request: TokenRequest): Promise<AccessToken> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await send(request);
      } catch (error) {
        if (attempt >= RETRIES || !isTransient(error)) throw error;
        // Full jitter: requests that failed together are not retried together.
        await timer.sleep(random() * FIRST_RETRY_MS * 2 ** attempt);
        const { granted } = await take(request);
        if (!granted) throw error;
      }
    }
  }

  return async function exchange(fetch, lease) {
    for (let attempt = 0; ; attempt += 1) {
      await acquire(fetch);
      if (!lease.isHeld()) return undefined;
      const { request } = fetch;
      try {
        return await breakerOf(request).run(() => sendWithRetries(request));
      } catch (error) {
        if (!hasCode(error, 'qlik_rate_limited')) throw error;
        // A 429 closes the whole tier, so every request to this tenant waits, in every replica.
        const { retryAfterS = PAUSE_WITHOUT_RETRY_AFTER_S } = error;
        await budget.pause(request.host, retryAfterS * 1000);
        if (attempt >= RETRIES) throw error;
      }
    }
  };
}

function isTransient(error: unknown): boolean {
  return hasCode(error, 'qlik_unavailable') && error.retryAfterS === undefined;
}
