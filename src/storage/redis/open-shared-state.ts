import type { Secret } from '../../domain/model/secret.ts';
import { createSignInLimits } from '../memory/sign-in-limits.ts';
import { createSealer } from '../sealing.ts';
import type { SharedState, SharedStateOptions } from '../shared-state.ts';
import { createRedisClient } from './redis-client.ts';
import { openSharedTokens } from './tokens/open-shared-tokens.ts';
import { createRedisConnection } from './redis-connection.ts';
import { redisSignInLimiter } from './sign-in-limiter.ts';

/** Connects with the first question that has no fallback, and then stays connected. */
export function openRedisState(url: Secret, options: SharedStateOptions): SharedState {
  const { encryptionKeys, exchangeLimit: limit, signInLimits, timer, log } = options;
  const client = createRedisClient({ url: url.reveal(), log });
  const redis = createRedisConnection({ client, timer });
  const tokens = openSharedTokens({
    ...options,
    client,
    connect: () => redis.connect(),
    limit,
    sealer: createSealer(encryptionKeys),
  });
  client.once('ready', () => tokens.open());
  return {
    redis,
    tokenStore: tokens.store,
    exchangeBudget: tokens.budget,
    signInLimits: createSignInLimits({ ...signInLimits, createLimiter: redisSignInLimiter(redis) }),
    close() {
      tokens.close();
      redis.close();
    },
  };
}
