import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  INSTALL_REDIS,
  redisIsInstalled,
  type RedisServer,
  startRedis,
} from '../../sandbox/servers/redis-server.ts';

type Suite = (server: () => RedisServer) => void;

/**
 * Runs a suite against a real server of its own. Without the binary the suite is reported as skipped, with the line
 * that installs it; with CI=true that is a failure.
 */
export function describeRedis(name: string, suite: Suite): void {
  return redisIsInstalled() ? describeWith(name, suite) : reportMissing(name);
}

function reportMissing(name: string): void {
  test.skipIf(process.env.CI !== 'true')(`${name}: needs ${INSTALL_REDIS}`, () => {
    expect.fail(`no redis-server on this machine: ${INSTALL_REDIS}`);
  });
}

function describeWith(name: string, suite: Suite): void {
  describe(`${name}, a real server`, () => {
    let running: RedisServer | undefined;
    beforeAll(async () => {
      running = await startRedis();
    });
    afterAll(async () => running?.close());
    suite(() => running!);
  });
}
