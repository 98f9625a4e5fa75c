import { DatabaseError } from 'pg';
import { PortalError } from '../../../domain/errors.ts';
import { ConstraintViolation } from '../constraint-violation.ts';

// https://www.postgresql.org/docs/current/errcodes-appendix.html: the server or the way to it, not the query.
const UNAVAILABLE_CLASSES = new Set([
  '08', // connection exception
  '25', // invalid transaction state, e.g. a read-only standby
  '28', // invalid authorization
  '3D', // no such database
  '40', // transaction rollback: deadlock, serialization
  '53', // insufficient resources: connections, disk, memory
  '55', // object not in the needed state, e.g. lock timeout
  '57', // operator intervention: shutdown, statement timeout
  '58', // system error
]);
// The server goes, or is only a standby since another took over: a new connection may find the one that took over.
const ANOTHER_SERVER = /^(57P|25006)/;
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** What an error of pg means. */
export function judgePostgresError(error: unknown): unknown {
  if (error instanceof PortalError) return error;
  // What did not come from the server as an answer is the connection to it.
  if (!(error instanceof DatabaseError)) return new PortalError('storage_unavailable', { cause: error });
  const code = error.code ?? '';
  const cause = withoutRow(error);
  if (code === UNIQUE_VIOLATION) return new ConstraintViolation('unique', cause);
  if (code === FOREIGN_KEY_VIOLATION) return new ConstraintViolation('foreign key', cause);
  if (UNAVAILABLE_CLASSES.has(code.slice(0, 2))) return new PortalError('storage_unavailable', { cause });
  return new PortalError('internal_error', { cause });
}

/** Whether the connection is of no more use: it gave no answer, or one of a server that goes or may not write. */
export function endsConnection(error: unknown): boolean {
  return !(error instanceof DatabaseError) || ANOTHER_SERVER.test(error.code ?? '');
}

/** The server's `detail` and `where` quote whole rows, and loggers print every field of an error. */
function withoutRow({ code, message, constraint }: DatabaseError): Error {
  return new Error(`PostgreSQL ${code ?? ''}: ${message}${constraint ? ` (${constraint})` : ''}`);
}
