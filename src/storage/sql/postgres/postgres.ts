import { PostgresDialect, type Dialect } from 'kysely';
import type { Log } from '../../../runtime/log.ts';
import type { PostgresOptions } from './postgres-connections.ts';

/** Kysely over pg, which is loaded with the first query. */
export function postgresDialect(options: PostgresOptions, log: Log): Dialect {
  return new PostgresDialect({
    async pool() {
      const { openPool } = await import('./postgres-connections.ts');
      return openPool(options, log);
    },
  });
}
