import { Kysely, sql } from 'kysely';
import type { Log } from '../../runtime/log.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { migrateToLatest, pendingMigrations } from './migrate.ts';
import { postgresDialect } from './postgres/postgres.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect, type SqliteOptions } from './sqlite/sqlite.ts';
import { createRowReader, type RowReader } from './row-reader.ts';
import { createSqliteRowReader } from './sqlite/sqlite-row-reader.ts';

interface SqliteDatabaseOptions {
  readonly kind: 'sqlite';
  /** A path, or `:memory:`. */
  readonly file: string;
  /** How long a write waits for another process, in ms; 5,000 unless told. */
  readonly busyTimeoutMs?: number;
}

export type DatabaseOptions =
  | SqliteDatabaseOptions
  | {
      readonly kind: 'postgres';
      readonly url: Secret;
      /** Connections at most, in this process; 10 unless told. */
      readonly poolSize?: number;
      /** In ms; 10,000 unless told. */
      readonly statementTimeoutMs?: number;
      /** For a connection to be free or made, in ms; 5,000 unless told. */
      readonly connectTimeoutMs?: number;
    };

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
  const ownReader = hasFile(options) ? createSqliteRowReader(sqliteOptions(options)) : undefined;
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
  if (options.kind === 'sqlite') return sqliteDialect(sqliteOptions(options));
  return postgresDialect(
    {
      url: options.url,
      poolSize: options.poolSize ?? 10,
      statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    },
    log,
  );
}

function sqliteOptions({ file, busyTimeoutMs = 5_000 }: SqliteDatabaseOptions): SqliteOptions {
  return { file, busyTimeoutMs };
}
