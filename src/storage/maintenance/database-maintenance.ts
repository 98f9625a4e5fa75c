import type { Log } from '../../runtime/log.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { copyToPostgres, type CopiedTable } from './copy-to-postgres.ts';
import type { DatabaseOptions } from '../sql/database.ts';
import { backupSqlite, restoreSqlite } from './sqlite-backup.ts';

/** Operations on a database as a whole. */
export interface DatabaseMaintenance {
  readonly kind: DatabaseOptions['kind'];
  /** Its file, or its host and name, without user and password. */
  readonly place: string;
  /** Undefined for PostgreSQL, which has its own programs: see docs/operations/deploy.md. */
  readonly sqlite: SqliteMaintenance | undefined;
}

export interface SqliteMaintenance {
  backup(target: string): Promise<void>;
  restore(from: string): Promise<void>;
  copyToPostgres(url: Secret, onTable: (copied: CopiedTable) => void): Promise<readonly CopiedTable[]>;
}

export function databaseMaintenance(
  database: DatabaseOptions,
  { log }: { readonly log: Log },
): DatabaseMaintenance {
  if (database.kind === 'sqlite') {
    const { kind, file } = database;
    return {
      kind,
      place: file,
      sqlite: {
        backup: (target) => backupSqlite(file, target),
        restore: (from) => restoreSqlite(file, from),
        copyToPostgres: (url, onTable) => copyToPostgres({ file, url, log }, onTable),
      },
    };
  }
  const url = URL.parse(database.url.reveal());
  return {
    kind: database.kind,
    place: url === null ? '' : `${url.host}${url.pathname}`,
    sqlite: undefined,
  };
}
