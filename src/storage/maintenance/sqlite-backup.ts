import { closeSync, existsSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { PortalError } from '../../domain/errors.ts';
import { unknownMigrations } from '../sql/migrate.ts';
import { judgeSqliteError } from '../sql/sqlite/sqlite-errors.ts';
import type { TableName } from '../sql/schema.ts';

/** Sessions and links that were ended or used since the backup must not be valid again. */
const CLEARED_BY_RESTORE: readonly TableName[] = ['sessions', 'password_links'];

/**
 * Copies a SQLite database while it is in use: the copy is the database at one moment, in one file.
 * @throws PortalError not_found (no such database), conflict (the target exists), storage_unavailable (the target cannot be written)
 */
export async function backupSqlite(file: string, target: string): Promise<void> {
  if (!existsSync(file)) throw new PortalError('not_found', { detail: `there is no database ${file}` });
  refuseExisting(target);
  // The name of a backup exists only once the backup is complete.
  const partial = `${target}.partial`;
  try {
    using source = new DatabaseSync(file, { readOnly: true });
    await vacuumInto(source, partial);
    using copy = new DatabaseSync(partial, { readOnly: true });
    check(copy, target);
    refuseExisting(target);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw judged(error, `${target} cannot be written`);
  }
}

/**
 * Replaces a database by a backup, in one step for the processes that have it open. All sessions are ended and all
 * password links void afterwards. Waits up to `busyTimeoutMs` for other writers.
 * @throws PortalError not_found, invalid_request (not a portal's database, damaged, or of a newer release), storage_unavailable
 */
export async function restoreSqlite(file: string, from: string, busyTimeoutMs = 5_000): Promise<void> {
  if (!existsSync(from)) throw new PortalError('not_found', { detail: `there is no file ${from}` });
  // The rows are cleared in a copy: the backup stays as it is.
  const prepared = `${file}.restoring`;
  try {
    using given = openAtRest(from);
    check(given, from);
    await vacuumInto(given, prepared);
    using source = new DatabaseSync(prepared);
    clear(source);
    await copyWhenFree(source, file, busyTimeoutMs);
  } catch (error) {
    throw judged(error, `${file} cannot be written`);
  } finally {
    for (const suffix of ['', '-journal']) await rm(`${prepared}${suffix}`, { force: true });
  }
}

/** One read transaction, which blocks no writer; the copy is not in WAL mode, so that it stays one file. */
async function vacuumInto(source: DatabaseSync, to: string): Promise<void> {
  await rm(to, { force: true });
  createPrivate(to, 'wx');
  source.prepare('vacuum into ?').run(to);
}

/** For its owner only, before SQLite would create it for everyone. */
function createPrivate(file: string, flags: 'a' | 'wx'): void {
  closeSync(openSync(file, flags, 0o600));
}

/** A backup may be in a read-only folder, where SQLite cannot create the files that accompany one in WAL mode. */
function openAtRest(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

/** All pages in one step: copied in several, the copy would start again at each write of another process. */
const PAGES_PER_STEP = 2 ** 31 - 1;

async function copyWhenFree(source: DatabaseSync, to: string, busyTimeoutMs: number): Promise<void> {
  createPrivate(to, 'a');
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      await backup(source, to, { rate: PAGES_PER_STEP });
      return;
    } catch (error) {
      // Node opens the target without a busy timeout, and reports a locked one by this code.
      const busy = error instanceof Error && 'errcode' in error && error.errcode === 0;
      if (!busy || performance.now() >= deadline) throw error;
    }
    await sleep(20);
  }
}

/** Every page is sound, and it is a portal's database that this release understands. */
function check(database: DatabaseSync, name: string): void {
  try {
    const result = database.prepare('pragma integrity_check').get();
    if (result?.['integrity_check'] !== 'ok') throw unreadable(`${name} is damaged`);
    const applied = database.prepare('select name from kysely_migration').all();
    const unknown = unknownMigrations(applied.map((row) => String(row['name'])));
    if (unknown.length > 0) throw unreadable(`${name} is of a newer release (${unknown.join(', ')})`);
  } catch (error) {
    if (error instanceof PortalError) throw error;
    throw unreadable(`${name} is not a database of the portal`, error);
  }
}

function clear(database: DatabaseSync): void {
  const present = database.prepare("select 1 from sqlite_master where type = 'table' and name = ?");
  for (const table of CLEARED_BY_RESTORE) {
    // A backup of an older release may lack the table.
    if (present.get(table)) database.exec(`delete from ${table}`);
  }
}

function refuseExisting(target: string): void {
  if (existsSync(target)) throw new PortalError('conflict', { detail: `${target} exists already` });
}

function unreadable(detail: string, cause?: unknown): PortalError {
  return new PortalError('invalid_request', { detail, cause });
}

function judged(error: unknown, detail: string): PortalError {
  if (error instanceof PortalError) return error;
  const meant = judgeSqliteError(error);
  const code = meant instanceof PortalError ? meant.code : 'storage_unavailable';
  return new PortalError(code, { detail, cause: error });
}
