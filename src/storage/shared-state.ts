import type { Clock } from '../runtime/clock.ts';
import type { ExchangeBudget } from '../domain/ports/exchange-budget.ts';
import type { ExchangeLimit } from '../domain/rules/exchange-limit.ts';
import type { Log } from '../runtime/log.ts';
import type { SignInLimits } from '../domain/ports/sign-in-limits.ts';
import type { Timer } from '../runtime/timer.ts';
import type { ObserveTokens } from '../runtime/token-events.ts';
import type { TokenStore } from '../domain/ports/token-store.ts';
import type { SignInLimitOptions } from './memory/sign-in-limits.ts';
import type { RedisConnection } from './redis/redis-connection.ts';
import type { EncryptionKey } from './sealing.ts';

export interface SharedStateOptions {
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly exchangeLimit: ExchangeLimit;
  readonly signInLimits: Omit<SignInLimitOptions, 'createLimiter'>;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly observe: ObserveTokens;
}

/** Short-lived state: of all replicas where there is Redis, else of this process. */
export interface SharedState {
  readonly redis: RedisConnection | undefined;
  readonly tokenStore: TokenStore;
  readonly exchangeBudget: ExchangeBudget;
  readonly signInLimits: SignInLimits;
  close(): void;
}
