import { afterAll, beforeAll } from 'vitest';
import {
  findPostgres,
  INSTALL_POSTGRES,
  startPostgres,
  type PostgresServer,
} from '../../scripts/servers/postgres-server.ts';
import { describeWith } from './describe-with.ts';

type Suite = (server: () => PostgresServer) => void;

/** Runs a suite against a real server of its own. */
export function describePostgres(name: string, suite: Suite): void {
  describePostgresWith([], name, suite);
}

/** The same for a suite that needs more; `missing` is what it does not find. */
export function describePostgresWith(missing: readonly string[], name: string, suite: Suite): void {
  const binaries = findPostgres();
  const all = binaries === undefined ? [INSTALL_POSTGRES, ...missing] : missing;
  describeWith(all, name, () => {
    let running: PostgresServer | undefined;
    beforeAll(async () => {
      running = await startPostgres(binaries!);
    });
    afterAll(async () => running?.remove());
    suite(() => running!);
  });
}
