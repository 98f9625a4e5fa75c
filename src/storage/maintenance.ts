import type { Log } from '../domain/log.ts';
import type { Secret } from '../domain/secret.ts';
import { copyToPostgres, type CopiedTable } from './copy-to-postgres.ts';
import type { DatabaseOptions } from './sql/database.ts';
import { backupSqlite, restoreSqlite } from './sqlite-backup.ts';

/** Where the database is, without user and password. */
export function databasePlace(database: DatabaseOptions): string {
  if (database.kind === 'sqlite') return database.file;
  const url = URL.parse(database.url.reveal());
  return url === null ? '' : `${url.host}${url.pathname}`;
}

/** What can be done with a SQLite file as a whole; PostgreSQL brings tools of its own. */
export interface SqliteMaintenance {
  readonly file: string;
  backup(target: string): Promise<void>;
  restore(from: string): Promise<void>;
  copyToPostgres(url: Secret, onTable: (copied: CopiedTable) => void): Promise<readonly CopiedTable[]>;
}

/** Undefined where the database is PostgreSQL. */
export function sqliteMaintenance(
  database: DatabaseOptions,
  { log }: { readonly log: Log },
): SqliteMaintenance | undefined {
  if (database.kind !== 'sqlite') return undefined;
  const { file } = database;
  return {
    file,
    backup: (target) => backupSqlite(file, target),
    restore: (from) => restoreSqlite(file, from),
    copyToPostgres: (url, onTable) => copyToPostgres({ file, url, log }, onTable),
  };
}
