import { afterAll, beforeAll } from 'vitest';
import {
  INSTALL_REDIS,
  redisIsInstalled,
  type RedisServer,
  startRedis,
} from '../../scripts/servers/redis-server.ts';
import { describeWith } from './describe-with.ts';

type Suite = (server: () => RedisServer) => void;

/** Runs a suite against a real server of its own. */
export function describeRedis(name: string, suite: Suite): void {
  describeRedisWith([], name, suite);
}

/** The same for a suite that needs more; `missing` is what it does not find. */
export function describeRedisWith(missing: readonly string[], name: string, suite: Suite): void {
  const all = redisIsInstalled() ? missing : [INSTALL_REDIS, ...missing];
  describeWith(all, name, () => {
    let running: RedisServer | undefined;
    beforeAll(async () => {
      running = await startRedis();
    });
    afterAll(async () => running?.close());
    suite(() => running!);
  });
}
