import type { Clock } from '../domain/clock.ts';
import type { ExchangeBudget, ExchangeLimit } from '../domain/exchange-budget.ts';
import type { Log } from '../domain/log.ts';
import type { SignInLimits } from '../domain/ports.ts';
import type { Timer } from '../domain/timer.ts';
import type { ObserveTokens } from '../domain/token-events.ts';
import type { TokenStore } from '../domain/token-store.ts';
import type { SignInLimitOptions } from './memory/sign-in-limits.ts';
import type { RedisLink } from './redis/redis-link.ts';
import type { EncryptionKey } from './sealing.ts';

export interface SharingOptions {
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly exchangeLimit: ExchangeLimit;
  readonly signInLimits: Omit<SignInLimitOptions, 'createLimiter'>;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly observe: ObserveTokens;
}

/** What is soon forgotten: of all replicas where there is Redis, else of this process. */
export interface Sharing {
  readonly redis: RedisLink | undefined;
  readonly tokenStore: TokenStore;
  readonly exchangeBudget: ExchangeBudget;
  readonly signInLimits: SignInLimits;
  close(): void;
}
