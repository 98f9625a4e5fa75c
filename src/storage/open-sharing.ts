import type { Clock } from '../domain/clock.ts';
import type { ExchangeBudget, ExchangeLimit } from '../domain/exchange-budget.ts';
import type { Log } from '../domain/log.ts';
import type { SignInLimits } from '../domain/ports.ts';
import type { Secret } from '../domain/secret.ts';
import type { Timer } from '../domain/timer.ts';
import type { ObserveTokens } from '../domain/token-events.ts';
import type { TokenStore } from '../domain/token-store.ts';
import { createMemoryExchangeBudget } from './memory/exchange-budget.ts';
import { createSignInLimits, type SignInLimitOptions } from './memory/sign-in-limits.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import { openSharedTokens } from './redis/open-shared-tokens.ts';
import { createRedisLink, type RedisLink } from './redis/redis-link.ts';
import { redisSignInLimiter } from './redis/sign-in-limiter.ts';
import { createSealer, type EncryptionKey } from './sealing.ts';

export interface SharingOptions {
  /** `redis://` or `rediss://`, with user and password; undefined for a single process. */
  readonly redisUrl: Secret | undefined;
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

/** Connects when Redis is first asked for something it cannot be done without, and then stays connected. */
export async function openSharing({ redisUrl, ...options }: SharingOptions): Promise<Sharing> {
  return redisUrl === undefined ? ofThisProcess(options) : await ofAllReplicas(redisUrl, options);
}

type Options = Omit<SharingOptions, 'redisUrl'>;

function ofThisProcess({ clock, exchangeLimit, signInLimits }: Options): Sharing {
  return {
    redis: undefined,
    tokenStore: createMemoryTokenStore({ clock }),
    exchangeBudget: createMemoryExchangeBudget(clock, exchangeLimit),
    signInLimits: createSignInLimits(signInLimits),
    close() {},
  };
}

async function ofAllReplicas(url: Secret, options: Options): Promise<Sharing> {
  // Loaded only where there is a Redis: its client has some 500 modules.
  const { createRedisConnection } = await import('./redis/connection.ts');
  const { encryptionKeys, exchangeLimit: limit, signInLimits, timer, log } = options;
  const client = createRedisConnection({ url: url.reveal(), log });
  const redis = createRedisLink({ client, timer });
  const tokens = openSharedTokens({ ...options, client, limit, sealer: createSealer(encryptionKeys) });
  client.once('ready', () => tokens.open());
  return {
    redis,
    tokenStore: tokens.store,
    exchangeBudget: {
      ...tokens.budget,
      async take(host) {
        // A command has asked Redis nothing yet, and would count alone.
        await redis.connect();
        return tokens.budget.take(host);
      },
    },
    signInLimits: createSignInLimits({ ...signInLimits, createLimiter: redisSignInLimiter(redis) }),
    close() {
      tokens.close();
      redis.close();
    },
  };
}
