import type { Log } from '../../runtime/log.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { copyToPostgres, type CopiedTable } from './copy-to-postgres.ts';
import { backupPostgres, restorePostgres } from './postgres-backup.ts';
import type { DatabaseOptions } from '../sql/database.ts';
import { backupSqlite, restoreSqlite } from './sqlite-backup.ts';

/** What can be done with a database as a whole. */
export interface DatabaseMaintenance {
  readonly kind: DatabaseOptions['kind'];
  /** Where it is, without user and password. */
  readonly place: string;
  backup(target: string): Promise<void>;
  restore(from: string): Promise<void>;
  /** Undefined where it is PostgreSQL already. */
  readonly copyToPostgres?: (
    url: Secret,
    onTable: (copied: CopiedTable) => void,
  ) => Promise<readonly CopiedTable[]>;
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
      backup: (target) => backupSqlite(file, target),
      restore: (from) => restoreSqlite(file, from),
      copyToPostgres: (url, onTable) => copyToPostgres({ file, url, log }, onTable),
    };
  }
  const { kind, url } = database;
  const shown = URL.parse(url.reveal());
  return {
    kind,
    place: shown === null ? '' : `${shown.host}${shown.pathname}`,
    backup: (target) => backupPostgres({ url, log }, target),
    restore: (from) => restorePostgres({ url, log }, from),
  };
}
