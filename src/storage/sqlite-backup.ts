import { closeSync, existsSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { PortalError } from '../domain/errors.ts';
import { migrations } from './sql/migrations/all.ts';
import { judgeSqliteError } from './sql/sqlite-errors.ts';

/**
 * Copies a SQLite database while it is in use: the copy is the database as it was at one moment.
 * Codes: not_found (no such database), conflict (the target exists), storage_unavailable (the target cannot be written).
 */
export async function backupSqlite(file: string, target: string): Promise<void> {
  if (!existsSync(file)) throw new PortalError('not_found', { detail: `there is no database ${file}` });
  refuseExisting(target);
  // Under another name until it is whole: whoever finds a backup by its name can rely on it.
  const partial = `${target}.partial`;
  try {
    await copy(file, partial);
    check(partial);
    refuseExisting(target);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw judged(error, `${target} cannot be written`);
  }
}

/**
 * Puts a backup in the place of a database, in one step for whoever has it open. Nobody is signed in afterwards and no
 * link to set a password is valid: what was ended or used since the backup must not come back.
 * Codes: not_found, invalid_request (no portal's database, damaged, or from a newer release), storage_unavailable.
 */
export async function restoreSqlite(file: string, from: string): Promise<void> {
  if (!existsSync(from)) throw new PortalError('not_found', { detail: `there is no file ${from}` });
  // A copy is changed, never the backup.
  const prepared = `${file}.restoring`;
  try {
    check(from);
    await copy(from, prepared);
    forget(prepared);
    await copy(prepared, file);
  } catch (error) {
    throw judged(error, `${file} cannot be written`);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${prepared}${suffix}`, { force: true });
  }
}

/** All pages in one step: copied in several, a copy begins again at each write, and never ends where writes never do. */
const PAGES_A_STEP = 2 ** 31 - 1;

async function copy(from: string, to: string): Promise<void> {
  // For its owner only, before SQLite would create it for everyone.
  closeSync(openSync(to, 'a', 0o600));
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, to, { rate: PAGES_A_STEP });
  } finally {
    source.close();
  }
}

function refuseExisting(target: string): void {
  if (existsSync(target)) throw new PortalError('conflict', { detail: `${target} exists already` });
}

/** Whether every page is sound, and it is a portal's database that this release understands. */
function check(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const result = database.prepare('pragma integrity_check').get();
    if (result?.['integrity_check'] !== 'ok') throw unreadable(`${file} is damaged`);
    const applied = database.prepare('select name from kysely_migration').all();
    const unknown = applied.map(({ name }) => String(name)).filter((name) => !(name in migrations));
    if (unknown.length > 0) throw unreadable(`${file} is of a newer release (${unknown.join(', ')})`);
  } catch (error) {
    if (error instanceof PortalError) throw error;
    throw unreadable(`${file} is no database of the portal`, error);
  } finally {
    database.close();
  }
}

function forget(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    const names = new Set(tables.map(({ name }) => name));
    for (const table of ['sessions', 'password_links']) {
      if (names.has(table)) database.exec(`delete from ${table}`);
    }
  } finally {
    database.close();
  }
}

function unreadable(detail: string, cause?: unknown): PortalError {
  return new PortalError('invalid_request', { detail, cause });
}

function judged(error: unknown, detail: string): PortalError {
  if (error instanceof PortalError) return error;
  const meant = judgeSqliteError(error);
  return meant instanceof PortalError
    ? new PortalError(meant.code, { detail, cause: error })
    : new PortalError('storage_unavailable', { detail, cause: error });
}
