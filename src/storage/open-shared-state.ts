import type { Secret } from '../domain/model/secret.ts';
import { createMemoryExchangeBudget } from './memory/exchange-budget.ts';
import { createSignInLimits } from './memory/sign-in-limits.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import type { SharedState, SharedStateOptions } from './shared-state.ts';

/** Shared by all replicas with the URL of a Redis, `redis://` or `rediss://` with user and password; else of this process. */
export async function openSharedState(
  redisUrl: Secret | undefined,
  options: SharedStateOptions,
): Promise<SharedState> {
  if (redisUrl === undefined) return openLocalState(options);
  // Loaded only where there is a Redis: its client has some 500 modules.
  const { openRedisState } = await import('./redis/open-shared-state.ts');
  return openRedisState(redisUrl, options);
}

function openLocalState({ clock, exchangeLimit, signInLimits }: SharedStateOptions): SharedState {
  return {
    redis: undefined,
    tokenStore: createMemoryTokenStore({ clock }),
    exchangeBudget: createMemoryExchangeBudget(clock, exchangeLimit),
    signInLimits: createSignInLimits(signInLimits),
    close() {},
  };
}
