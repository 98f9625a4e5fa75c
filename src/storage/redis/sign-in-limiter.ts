import { RateLimiterRedis, type IRateLimiterOptions } from 'rate-limiter-flexible';
import type { RedisClient } from './redis-client.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Counts sign-in attempts of all replicas together. Without Redis no sign-in is possible, so none needs to be counted. */
export function redisSignInLimiter(redis: RedisConnection) {
  // What the library sends to count and to forget.
  const storeClient = {
    eval: (...args: Parameters<RedisClient['eval']>) => redis.ask((client) => client.eval(...args)),
    del: (key: string) => redis.ask((client) => client.del(key)),
  };
  return (options: IRateLimiterOptions) =>
    new RateLimiterRedis({ ...options, storeClient, useRedisPackage: true });
}
