import { closeSync, existsSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { PortalError } from '../../domain/errors.ts';
import { FORGOTTEN_BY_RESTORE, refuseExisting, unreadable } from './backup-rules.ts';
import { unknownMigrations } from '../sql/migrate.ts';
import { judgeSqliteError } from '../sql/sqlite/sqlite-errors.ts';

/**
 * Copies a SQLite database while it is in use: the copy is the database as it was at one moment, in one file.
 * Codes: not_found (no such database), conflict (the target exists), storage_unavailable (the target cannot be written).
 */
export async function backupSqlite(file: string, target: string): Promise<void> {
  if (!existsSync(file)) throw new PortalError('not_found', { detail: `there is no database ${file}` });
  refuseExisting(target);
  // Under another name until it is whole: whoever finds a backup by its name can rely on it.
  const partial = `${target}.partial`;
  try {
    await removeDatabase(partial);
    using source = new DatabaseSync(file, { readOnly: true });
    await copy(source, partial);
    // Else whoever opens it, even to read, would write beside it.
    leaveWal(partial);
    using made = new DatabaseSync(partial, { readOnly: true });
    check(made, target);
    refuseExisting(target);
    await rename(partial, target);
  } catch (error) {
    await removeDatabase(partial);
    throw judged(error, `${target} cannot be written`);
  }
}

/**
 * Puts a backup in the place of a database, in one step for whoever has it open. Nobody is signed in afterwards and no
 * link to set a password is valid: what was ended or used since the backup must not come back. Waits, for as long as
 * `busyTimeoutMs`, for others who write.
 * Codes: not_found, invalid_request (no portal's database, damaged, or from a newer release), storage_unavailable.
 */
export async function restoreSqlite(file: string, from: string, busyTimeoutMs = 5_000): Promise<void> {
  if (!existsSync(from)) throw new PortalError('not_found', { detail: `there is no file ${from}` });
  // A copy is changed, never the backup.
  const prepared = `${file}.restoring`;
  try {
    await removeDatabase(prepared);
    using given = openAtRest(from);
    check(given, from);
    await copy(given, prepared);
    forget(prepared);
    using source = new DatabaseSync(prepared, { readOnly: true });
    await copyWhenFree(source, file, busyTimeoutMs);
  } catch (error) {
    throw judged(error, `${file} cannot be written`);
  } finally {
    await removeDatabase(prepared);
  }
}

/** All pages in one step: copied in several, a copy begins again at each write, and never ends where writes never do. */
const PAGES_A_STEP = 2 ** 31 - 1;

async function copy(source: DatabaseSync, to: string): Promise<void> {
  // For its owner only, before SQLite would create it for everyone.
  closeSync(openSync(to, 'a', 0o600));
  await backup(source, to, { rate: PAGES_A_STEP });
}

/** A backup may lie where nobody can write, as SQLite otherwise would beside a file in WAL mode. */
function openAtRest(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

async function copyWhenFree(source: DatabaseSync, to: string, busyTimeoutMs: number): Promise<void> {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return await copy(source, to);
    } catch (error) {
      // Node opens the target without a busy timeout, and says no more of one that another process writes to.
      const busy = error instanceof Error && 'errcode' in error && error.errcode === 0;
      if (!busy || performance.now() >= deadline) throw error;
    }
    await sleep(20);
  }
}

function leaveWal(file: string): void {
  using database = new DatabaseSync(file);
  database.exec('pragma journal_mode = delete');
}

async function removeDatabase(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
}

/** Whether every page is sound, and it is a portal's database that this release understands. */
function check(database: DatabaseSync, name: string): void {
  try {
    const result = database.prepare('pragma integrity_check').get();
    if (result?.['integrity_check'] !== 'ok') throw unreadable(`${name} is damaged`);
    const applied = database.prepare('select name from kysely_migration').all();
    const unknown = unknownMigrations(applied.map((row) => String(row['name'])));
    if (unknown.length > 0) throw unreadable(`${name} is of a newer release (${unknown.join(', ')})`);
  } catch (error) {
    if (error instanceof PortalError) throw error;
    throw unreadable(`${name} is no database of the portal`, error);
  }
}

function forget(file: string): void {
  using database = new DatabaseSync(file);
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const names = new Set(tables.map(({ name }) => name));
  for (const table of FORGOTTEN_BY_RESTORE) {
    if (names.has(table)) database.exec(`delete from ${table}`);
  }
}

function judged(error: unknown, detail: string): PortalError {
  if (error instanceof PortalError) return error;
  const meant = judgeSqliteError(error);
  return meant instanceof PortalError
    ? new PortalError(meant.code, { detail, cause: error })
    : new PortalError('storage_unavailable', { detail, cause: error });
}
