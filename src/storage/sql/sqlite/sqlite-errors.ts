import { PortalError } from '../../../domain/errors.ts';
import { ConstraintViolation } from '../constraint-violation.ts';

const BUSY = 5;
// https://sqlite.org/rescode.html: the disk, the file or another process, not the query.
const UNAVAILABLE = new Set([
  3, // SQLITE_PERM
  BUSY,
  6, // SQLITE_LOCKED
  8, // SQLITE_READONLY
  10, // SQLITE_IOERR
  11, // SQLITE_CORRUPT
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
  15, // SQLITE_PROTOCOL
  23, // SQLITE_AUTH
  26, // SQLITE_NOTADB
]);
const CONSTRAINT_UNIQUE = 2067;
const CONSTRAINT_PRIMARY_KEY = 1555;
const CONSTRAINT_FOREIGN_KEY = 787;

/** What an error of node:sqlite means; anything else comes back as it is. */
export function judgeSqliteError(error: unknown): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  if (code === CONSTRAINT_UNIQUE || code === CONSTRAINT_PRIMARY_KEY) {
    return new ConstraintViolation('unique', error);
  }
  if (code === CONSTRAINT_FOREIGN_KEY) return new ConstraintViolation('foreign key', error);
  // The low byte is the class, the rest says more about it.
  if (UNAVAILABLE.has(code & 0xff)) return new PortalError('storage_unavailable', { cause: error });
  return error;
}

/** Another process holds the file. */
export function isBusy(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === BUSY;
}

/** SQLite's extended result code. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
