import { ErrorReply } from '@redis/client';
import type { Clock } from '../../../runtime/clock.ts';
import type { ExchangeBudget } from '../../../domain/ports/exchange-budget.ts';
import type { ExchangeLimit } from '../../../domain/rules/exchange-limit.ts';
import type { Log } from '../../../runtime/log.ts';
import type { Timer } from '../../../runtime/timer.ts';
import type { ObserveTokens } from '../../../runtime/token-events.ts';
import type { TokenStore } from '../../../domain/ports/token-store.ts';
import { createMemoryExchangeBudget } from '../../memory/exchange-budget.ts';
import { createMemoryTokenStore } from '../../memory/token-store.ts';
import type { Sealer } from '../../sealing.ts';
import type { RedisClient } from '../redis-client.ts';
import { createRedisExchangeBudget } from './exchange-budget.ts';
import { createRedisGuard } from '../redis-guard.ts';
import { createSharedExchangeBudget } from './shared-exchange-budget.ts';
import { createSharedTokenStore } from './shared-token-store.ts';
import { openDrop } from './token-drops.ts';
import { createRedisTokenStore, DROPPED_CHANNEL } from './token-store.ts';

export interface SharedTokensDeps {
  /** Connected by the caller, who may use it for other things as well. */
  readonly client: RedisClient;
  /** See the Redis guard. */
  readonly connect?: () => Promise<void>;
  readonly sealer: Sealer;
  readonly limit: ExchangeLimit;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly observe: ObserveTokens;
  /** See the Redis guard and the lease. */
  readonly timing?: { readonly timeoutMs?: number; readonly restMs?: number; readonly leaseMs?: number };
}

export interface SharedTokens {
  readonly store: TokenStore;
  readonly budget: ExchangeBudget;
  /** Subscribes to what other replicas drop. */
  open(): void;
  close(): void;
}

/** Tokens, locks and limits of all replicas, with this process' own memory as cache and fallback. */
export function openSharedTokens(deps: SharedTokensDeps): SharedTokens {
  const { client, sealer, limit, clock, log, timing = {} } = deps;
  const guard = createRedisGuard({ ...deps, ...timing });
  const local = createMemoryTokenStore({ clock });
  const remote = createRedisTokenStore({ ...deps, ...timing });
  const subscriber = client.duplicate();
  subscriber.on('error', (error: Error) => log.debug({ reason: error.message }, 'redis connection failed'));

  async function hear(message: string): Promise<void> {
    await local.drop(...openDrop(sealer, message));
  }

  // The client repeats a subscription that once worked after each reconnect, but not one that failed. A message missed
  // meanwhile costs a page one more refusal.
  let subscribed = false;
  async function listen(): Promise<void> {
    if (subscribed) return;
    try {
      await subscriber.subscribe(DROPPED_CHANNEL, (message) => {
        hear(message).catch((error: Error) =>
          log.warn({ reason: error.message }, 'redis message cannot be read'),
        );
      });
      subscribed = true;
    } catch (error) {
      // A broken connection is retried soon; what Redis refuses is for ops to configure.
      const level = error instanceof ErrorReply ? 'warn' : 'debug';
      log[level]({ reason: String(error) }, 'redis subscription failed');
    }
  }
  subscriber.on('ready', () => void listen());

  return {
    store: createSharedTokenStore({ local, remote, guard }),
    budget: createSharedExchangeBudget({
      local: createMemoryExchangeBudget(clock, limit),
      remote: createRedisExchangeBudget(client, limit),
      guard,
    }),
    open() {
      subscriber.connect().catch((error: Error) => {
        log.debug({ reason: error.message }, 'redis connection failed');
      });
    },
    close() {
      if (subscriber.isOpen) subscriber.destroy();
    },
  };
}
