import type { ErrorCodeName } from '../domain/error-codes.ts';
import { PortalError } from '../domain/errors.ts';
import { ADDRESS_REFUSED } from './address.ts';

const TIMEOUTS = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'TimeoutError',
]);
const TOO_LARGE = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_OVERFLOW']);
const CERTIFICATE = /CERT|TLS|SSL|SELF_SIGNED|ERR_OSSL|UNABLE_TO_/;

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOTFOUND: 'DNS has no such name',
  EAI_AGAIN: 'DNS does not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  EHOSTUNREACH: 'no route to that address',
  ENETUNREACH: 'no route to that network',
  [ADDRESS_REFUSED]: 'the name resolves to an address that is not public',
};

/**
 * The error for a request without a usable response: qlik_timeout, qlik_bad_response (too large, not HTTP) or
 * qlik_unavailable. The tenant may have carried the request out.
 */
export function transportError(endpoint: string, cause: unknown): PortalError {
  const reason = reasonOf(cause);
  const error = (code: ErrorCodeName, problem: string) =>
    new PortalError(code, { detail: `${endpoint}: ${problem}`, cause });
  if (TIMEOUTS.has(reason)) return error('qlik_timeout', 'no answer in time');
  if (TOO_LARGE.has(reason)) return error('qlik_bad_response', 'the answer is too large');
  if (reason.startsWith('HPE_')) return error('qlik_bad_response', 'the answer is not HTTP');
  const explained = CERTIFICATE.test(reason)
    ? 'the certificate of the tenant is not trusted'
    : (EXPLAINED[reason] ?? 'the connection failed');
  return error('qlik_unavailable', reason === '' ? explained : `${explained} (${reason})`);
}

/** The code of the error or of its cause; several connection attempts arrive as an AggregateError. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { name, cause } = error;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (name === 'TimeoutError') return name;
  if (typeof code === 'string') return code;
  return reasonOf(cause ?? (error instanceof AggregateError ? error.errors[0] : undefined));
}
