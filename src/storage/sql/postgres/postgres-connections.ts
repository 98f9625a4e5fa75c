import type { PostgresPool } from 'kysely';
import { Pool, TypeOverrides, types, type PoolConfig } from 'pg';
import type { Log } from '../../../runtime/log.ts';
import type { Secret } from '../../../domain/model/secret.ts';
import { lendingPool } from './postgres-pool.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`; all of libpq's usual parameters. */
  readonly url: Secret;
  /** Connections at most, in this process; 10 by default. */
  readonly poolSize?: number;
  /** After which the server cancels a statement, in ms; 0 for never, 10,000 by default. */
  readonly statementTimeoutMs?: number;
  /** For a connection to be free or established, in ms; 5,000 by default. */
  readonly connectTimeoutMs?: number;
}

/** Connections of pg, for Kysely to borrow. */
export function openPool(
  { url, poolSize = 10, statementTimeoutMs = 10_000, connectTimeoutMs = 5_000 }: PostgresOptions,
  log: Log,
): PostgresPool {
  const pool = new Pool({
    connectionString: url.reveal(),
    application_name: 'embed-portal',
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    // NATs and firewalls silently drop idle connections.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    maxLifetimeSeconds: 1_800,
    ...timeouts(statementTimeoutMs),
    types: numbersForBigints(),
  });
  // Without listeners, a connection that breaks between two queries ends the process: the pool's own listener covers
  // idle connections only, not one lent to a transaction.
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  return lendingPool(pool);
}

/** The next query on the connection fails, and says why. */
function ignore(): void {}

function timeouts(statementMs: number): PoolConfig {
  if (statementMs === 0) return {};
  return {
    statement_timeout: statementMs,
    lock_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    // The client's own limit, a little later: for a server that no longer answers.
    query_timeout: statementMs + 2_000,
  };
}

// bigint comes as text by default, because it may not fit a number; ms since the epoch and counts do.
function numbersForBigints(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  return overrides;
}
