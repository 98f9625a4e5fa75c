import type { Clock } from '../../runtime/clock.ts';
import { createCoolDown } from '../../runtime/cool-down.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { Log } from '../../runtime/log.ts';
import type { Timer } from '../../runtime/timer.ts';
import type { ObserveTokens } from '../../runtime/token-events.ts';

export interface RedisGuard {
  /** The answer of Redis or, where none comes in time, the local one. Never throws because of Redis. */
  orElse<Result>(ask: () => Promise<Result>, alone: () => Result | Promise<Result>): Promise<Result>;
}

export interface RedisGuardDeps {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly observe: ObserveTokens;
  /** Waits for the first connection, and no longer; never throws. */
  readonly connect?: () => Promise<void>;
  /** ms that an answer may take. */
  readonly timeoutMs?: number;
  /** ms to do without Redis after it failed, before one caller tries it again. */
  readonly restMs?: number;
}

// Long, because without Redis a token may be exchanged that another replica exchanges as well, and a busy machine is
// slow too. What is known to this process never waits for it.
const ANSWER_WITHIN_MS = 1_000;

/** A Redis that is down or slow costs one caller a short wait now and then, and the others nothing. */
export function createRedisGuard(deps: RedisGuardDeps): RedisGuard {
  const { clock, timer, log, observe, connect, timeoutMs = ANSWER_WITHIN_MS, restMs = 2_000 } = deps;
  const coolDown = createCoolDown({ clock, firstMs: restMs });
  let unavailable = false;

  function failed(error: unknown): void {
    coolDown.start();
    if (unavailable) return;
    unavailable = true;
    observe({ type: 'shared-store', state: 'down' });
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ reason }, 'Redis is unavailable: tokens and limits are kept in this process');
  }

  function worked(): void {
    if (!unavailable) return;
    unavailable = false;
    observe({ type: 'shared-store', state: 'up' });
    log.info({}, 'Redis is available again');
  }

  return {
    async orElse(ask, alone) {
      if (coolDown.remainingMs() > 0) return alone();
      // While it is unavailable one caller tries it, and the others do not wait for the result.
      if (unavailable) coolDown.start();
      // For a CLI command this may be the first use of Redis: without the wait it would fall back.
      await connect?.();
      try {
        const result = await withTimeout(ask(), { timer, ms: timeoutMs });
        coolDown.end();
        worked();
        return result;
      } catch (error) {
        failed(error);
        return alone();
      }
    },
  };
}
