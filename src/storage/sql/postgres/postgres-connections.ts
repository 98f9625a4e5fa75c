import type { PostgresPool } from 'kysely';
import { Pool, TypeOverrides, types, type PoolConfig } from 'pg';
import type { Log } from '../../../runtime/log.ts';
import type { Secret } from '../../../domain/model/secret.ts';
import { lendingPool } from './postgres-pool.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`; all of libpq's usual parameters. */
  readonly url: Secret;
  /** Connections at most, in this process. */
  readonly poolSize: number;
  /** After which the server gives up on a statement, in ms; 0 for never. */
  readonly statementTimeoutMs: number;
  /** For a connection to be free or established, in ms. */
  readonly connectTimeoutMs: number;
}

/** Connections of pg, for Kysely to borrow. */
export function openPool(options: PostgresOptions, log: Log): PostgresPool {
  return lendingPool(createPool(options, log));
}

function createPool(options: PostgresOptions, log: Log): Pool {
  const pool = new Pool({
    connectionString: options.url.reveal(),
    application_name: 'embed-portal',
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    // NATs and firewalls silently drop idle connections.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    maxLifetimeSeconds: 1_800,
    ...timeouts(options.statementTimeoutMs),
    types: numbersForBigints(),
  });
  // Without listeners, a connection that breaks while nobody waits for an answer on it ends the process: the
  // pool's own looks after idle ones only, not after one lent to a transaction.
  pool.on('connect', (client) => client.on('error', ignore));
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  return pool;
}

/** The next query on the connection fails, and says why. */
function ignore(): void {}

function timeouts(statementMs: number): PoolConfig {
  if (statementMs === 0) return {};
  return {
    statement_timeout: statementMs,
    lock_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    // The same on this side, a little later: for a server that no longer answers at all.
    query_timeout: statementMs + 2_000,
  };
}

// bigint comes as text by default, because it may not fit a number; ms since the epoch and counts do.
function numbersForBigints(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  return overrides;
}
