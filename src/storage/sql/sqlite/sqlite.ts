import { mkdirSync, openSync, closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import { PortalError } from '../../../domain/errors.ts';
import { isBusy, judgeSqliteError } from './sqlite-errors.ts';
import { refuseUnstorableText } from '../storable-text.ts';

export interface SqliteOptions {
  /** A path, or `:memory:`. A missing folder is created. */
  readonly file: string;
  /** How long a write waits for another process, in ms; 5,000 by default. */
  readonly busyTimeoutMs?: number;
}

/** Kysely over node:sqlite. */
export function sqliteDialect(options: SqliteOptions): Dialect {
  return {
    createDriver: () =>
      new ImmediateSqliteDriver({ database: async () => kyselyDatabase(await openSqlite(options)) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalDdlAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/**
 * SQLite's DDL is transactional; Kysely's adapter says otherwise because table rebuilds need foreign keys off,
 * outside of any transaction. With it, and with immediate transactions, migrations of many processes queue up.
 */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true;
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  /**
   * Immediate: a transaction that reads before it writes would otherwise fail with SQLITE_BUSY, without
   * waiting, as soon as another process has written in between.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/**
 * Opens the file, and creates it where it is missing.
 * @throws PortalError storage_unavailable
 */
export async function openSqlite({ file, busyTimeoutMs = 5_000 }: SqliteOptions): Promise<DatabaseSync> {
  let database: DatabaseSync | undefined;
  try {
    if (file !== ':memory:') createPrivateFile(file);
    database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    await switchToWal(database, busyTimeoutMs);
    // No fsync for each commit: a crash of the process loses nothing, a power cut at most the last commits, and
    // neither damages the file (https://sqlite.org/pragma.html#pragma_synchronous).
    database.exec('pragma synchronous = normal');
    return database;
  } catch (cause) {
    database?.close();
    throw new PortalError('storage_unavailable', { detail: 'the database file does not open', cause });
  }
}

/** Readers and a writer side by side. SQLite does not wait where several processes switch a new file at the same time. */
async function switchToWal(database: DatabaseSync, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!trySwitchToWal(database, { last: performance.now() >= deadline })) await sleep(20);
}

function trySwitchToWal(database: DatabaseSync, { last }: { last: boolean }): boolean {
  try {
    database.exec('pragma journal_mode = wal');
    return true;
  } catch (error) {
    if (last || !isBusy(error)) throw error;
    return false;
  }
}

/** For its owner only, before SQLite would create it for everyone; its -wal and -shm files take over the mode. */
function createPrivateFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

/** node:sqlite in the shape that Kysely asks for. */
function kyselyDatabase(database: DatabaseSync): SqliteDatabase {
  // Preparing costs more than running; the queries of the portal are few.
  const prepared = new LRUCache<string, SqliteStatement>({ max: 200 });
  return {
    close: () => database.close(),
    prepare(sql) {
      const cached = prepared.get(sql);
      if (cached) return cached;
      const statement = judged(() => kyselyStatement(database, sql));
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function kyselyStatement(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => judged(() => statement.all(...bindable(parameters))),
    run: (parameters) => judged(() => statement.run(...bindable(parameters))),
    // A statement of its own: one holds a single cursor, and the same query may run elsewhere meanwhile.
    iterate: (parameters) => judged(() => database.prepare(sql).iterate(...bindable(parameters))),
  };
}

/** Throws what SQLite throws as the error that it means. */
export function judged<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw judgeSqliteError(error);
  }
}

/** The parameters, where SQLite takes them all. */
export function bindable(parameters: readonly unknown[]): readonly SQLInputValue[] {
  refuseUnstorableText(parameters);
  if (parameters.every(isBindable)) return parameters;
  throw new TypeError('a parameter of a query is neither text, number, bytes nor null');
}

function isBindable(value: unknown): value is SQLInputValue {
  return (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value === null ||
    ArrayBuffer.isView(value)
  );
}
