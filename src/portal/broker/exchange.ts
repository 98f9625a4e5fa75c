import type { Clock } from '../../domain/clock.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';
import type { ExchangeBudget } from '../../domain/exchange-budget.ts';
import type { Log } from '../../domain/log.ts';
import type { QlikOAuth } from '../../domain/ports.ts';
import type { Timer } from '../../domain/timer.ts';
import type { ObserveTokens } from '../../domain/token-events.ts';
import type { AccessToken, TokenRequest } from '../../domain/token.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { Flight } from './flight.ts';

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
  readonly breaker: CircuitBreaker;
  /** Waits until the tenant's budget has room. */
  readonly permission: (flight: Flight) => Promise<void>;
}

const RETRIES = 2;
const FIRST_RETRY_MS = 200;
const PAUSE_WITHOUT_RETRY_AFTER_MS = 10_000;

/** Trades the client's credentials for the token, in the tenant's own time. */
export function createExchange({
  oauth,
  budget,
  breaker,
  permission,
  clock,
  timer,
  random,
  log,
  observe,
}: TenantExchangeDeps): (flight: Flight) => Promise<AccessToken> {
  async function send(request: TokenRequest): Promise<AccessToken> {
    const { tenantId } = request;
    const start = clock.now();
    try {
      const token = await breaker.run(() => oauth.impersonate(request));
      observe({ type: 'exchanged', tenantId, result: 'ok', ms: clock.now() - start });
      return token;
    } catch (error) {
      const { code, detail, qlikTraceId } = asPortalError(error);
      observe({ type: 'exchanged', tenantId, result: code, ms: clock.now() - start });
      const alarm = code === 'qlik_client_rejected' ? 'error' : 'warn';
      log[alarm]({ tenantId, code, detail, qlikTraceId }, 'the tenant made no token');
      throw error;
    }
  }

  /** What has to pass before the same is worth trying again; throws where it is not. */
  async function recover(error: unknown, attempt: number): Promise<void> {
    if (attempt >= RETRIES) throw error;
    if (hasCode(error, 'qlik_unavailable') && error.retryAfterS === undefined) {
      // Full jitter: those who failed together do not come back together.
      return timer.sleep(random() * FIRST_RETRY_MS * 2 ** attempt);
    }
    if (!hasCode(error, 'qlik_rate_limited')) throw error;
  }

  return async function exchange(flight) {
    for (let attempt = 0; ; attempt += 1) {
      await permission(flight);
      const { request } = flight;
      try {
        return await send(request);
      } catch (error) {
        if (hasCode(error, 'qlik_rate_limited')) await pause(request.host, error);
        await recover(error, attempt);
      }
    }
  };

  // A 429 shuts the whole tier, so all who want something of this tenant wait, in every replica.
  function pause(host: string, { retryAfterS }: PortalError): Promise<void> {
    return budget.pause(host, retryAfterS === undefined ? PAUSE_WITHOUT_RETRY_AFTER_MS : retryAfterS * 1000);
  }
}

function asPortalError(error: unknown): PortalError {
  return error instanceof PortalError ? error : new PortalError('internal_error', { cause: error });
}
