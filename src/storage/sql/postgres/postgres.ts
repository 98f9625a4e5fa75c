import { PostgresDialect, type Dialect } from 'kysely';
import type { Log } from '../../../runtime/log.ts';
import type { Secret } from '../../../domain/model/secret.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`; all of libpq's usual parameters. */
  readonly url: Secret;
  /** Connections at most, in this process. */
  readonly poolSize: number;
  /** After which the server gives up on a statement, in ms; 0 for never. */
  readonly statementTimeoutMs: number;
  /** For a connection to be free or made, in ms. */
  readonly connectTimeoutMs: number;
}

/** Kysely over pg, which is loaded with the first query. */
export function postgresDialect(options: PostgresOptions, log: Log): Dialect {
  return new PostgresDialect({
    async pool() {
      const { openPool } = await import('./postgres-connections.ts');
      return openPool(options, log);
    },
  });
}
