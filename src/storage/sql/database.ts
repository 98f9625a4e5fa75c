import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Log } from '../../runtime/log.ts';
import { migrateToLatest, pendingMigrations } from './migrate.ts';
import type { PostgresOptions } from './postgres/postgres-connections.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect, type SqliteOptions } from './sqlite/sqlite.ts';
import { createRowReader, type RowReader } from './row-reader.ts';
import { createSqliteRowReader } from './sqlite/sqlite-row-reader.ts';

type SqliteDatabaseOptions = { readonly kind: 'sqlite' } & SqliteOptions;
export type DatabaseOptions = SqliteDatabaseOptions | ({ readonly kind: 'postgres' } & PostgresOptions);

/** One SQL database. Connects with the first query; every failure of the connection is `storage_unavailable`. */
export interface Database {
  readonly db: Kysely<Schema>;
  /** For the reads of every token request. */
  readonly rows: RowReader;
  migrate(): Promise<void>;
  /** Names of migrations that the database still lacks. */
  pendingMigrations(): Promise<string[]>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function openDatabase(options: DatabaseOptions, { log }: { readonly log: Log }): Database {
  const db = new Kysely<Schema>({ dialect: dialect(options, log) });
  const ownReader = hasFile(options) ? createSqliteRowReader(options) : undefined;
  return {
    db,
    rows: ownReader ?? createRowReader(db),
    async migrate() {
      if (options.kind === 'sqlite') return await migrateToLatest(db, log);
      // A replica waits for the migrations of another as long as they take: no statement timeout here.
      const patient = new Kysely<Schema>({
        dialect: dialect({ ...options, poolSize: 1, statementTimeoutMs: 0 }, log),
      });
      try {
        await migrateToLatest(patient, log);
      } finally {
        await patient.destroy();
      }
    },
    pendingMigrations: () => pendingMigrations(db),
    async ping() {
      await sql`select 1`.execute(db);
    },
    async close() {
      await ownReader?.close();
      await db.destroy();
    },
  };
}

// A database in memory belongs to the one connection that opened it.
function hasFile(options: DatabaseOptions): options is SqliteDatabaseOptions {
  return options.kind === 'sqlite' && options.file !== ':memory:';
}

function dialect(options: DatabaseOptions, log: Log) {
  if (options.kind === 'sqlite') return sqliteDialect(options);
  return new PostgresDialect({
    // pg is loaded with the first query.
    async pool() {
      const { openPool } = await import('./postgres/postgres-connections.ts');
      return openPool(options, log);
    },
  });
}
