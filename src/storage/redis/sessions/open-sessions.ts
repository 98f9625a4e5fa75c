import { createRedisSessionDirectory, type AccountsOf } from './session-directory.ts';
import { createRedisSessionRegistry } from './session-registry.ts';
import { createRedisSessionStore, type RedisSessionsDeps } from './session-store.ts';

/** Sessions of all replicas, in Redis alone: none of it answers while Redis is away. */
export function openRedisSessions({ accountsOf, ...deps }: RedisSessionsDeps & { accountsOf: AccountsOf }) {
  return {
    sessions: createRedisSessionStore(deps),
    sessionRegistry: createRedisSessionRegistry(deps),
    sessionDirectory: createRedisSessionDirectory({ ...deps, accountsOf }),
  };
}
