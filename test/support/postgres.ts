import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findPostgres,
  INSTALL_POSTGRES,
  startPostgres,
  type PostgresServer,
} from '../../sandbox/servers/postgres-server.ts';

type Suite = (server: () => PostgresServer) => void;

/**
 * Runs a suite against a real server of its own. Without the binaries the suite is reported as skipped, with the
 * line that installs them; with CI=true that is a failure.
 */
export function describePostgres(name: string, suite: Suite): void {
  const binaries = findPostgres();
  return binaries === undefined ? reportMissing(name) : describeWith(binaries, name, suite);
}

function reportMissing(name: string): void {
  test.skipIf(process.env.CI !== 'true')(`${name}: needs ${INSTALL_POSTGRES}`, () => {
    expect.fail(`no PostgreSQL on this machine: ${INSTALL_POSTGRES}`);
  });
}

function describeWith(binaries: string, name: string, suite: Suite): void {
  describe(`${name}, a real server`, () => {
    let running: PostgresServer | undefined;
    beforeAll(async () => {
      running = await startPostgres(binaries);
    });
    afterAll(async () => running?.remove());
    suite(() => running!);
  });
}
