import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { ERROR_CODES, type ErrorCodeName } from '../../domain/error-codes.ts';
import { PortalError } from '../../domain/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { isApi } from './cross-site.ts';
import type { Problem } from './problem-document.ts';
import { problemPage } from '../pages/problem-page.ts';

/** What Express, body-parser and send throw for a bad request (http-errors): by their `type`, else by status. */
const CODE_OF_TYPE: Readonly<Record<string, ErrorCodeName>> = {
  'entity.parse.failed': 'malformed_json',
  'entity.too.large': 'payload_too_large',
  'parameters.too.many': 'payload_too_large',
  'charset.unsupported': 'unsupported_media_type',
  'encoding.unsupported': 'unsupported_media_type',
};
const CODE_OF_STATUS: Readonly<Record<number, ErrorCodeName>> = {
  403: 'not_found',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

/** Default Retry-After: long enough for a restart or a failover. */
const AFTER_503_S = 5;

/** Any thrown value as a PortalError. */
export function toPortalError(thrown: unknown): PortalError {
  if (thrown instanceof PortalError) return thrown;
  if (thrown instanceof Error) {
    const { status, type } = thrown as Error & { readonly status?: unknown; readonly type?: unknown };
    if (typeof status === 'number' && status >= 400 && status < 500) {
      // Without the cause: a parser's message quotes the body, and a body may hold a password.
      const code = typeof type === 'string' ? CODE_OF_TYPE[type] : undefined;
      return new PortalError(code ?? CODE_OF_STATUS[status] ?? 'invalid_request');
    }
  }
  return new PortalError('internal_error', { cause: thrown });
}

export const answerNotFound: RequestHandler = () => {
  throw new PortalError('not_found');
};

/** The first error handler: logs the error and passes it on to those that answer. */
export function logError(log: Log): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = toPortalError(thrown);
    req.problemCode = error.code;
    logProblem(log, error, req);
    if (!res.headersSent) next(error);
    // The response has begun: cut it, so that it does not look complete.
    else if (!res.writableEnded) res.destroy();
  };
}

/**
 * The one place where an error becomes an answer: `application/problem+json` (RFC 9457) for programs, a page for
 * people. The cause and Qlik's trace id go to the log only.
 */
export const errorHandler: ErrorRequestHandler = (thrown: unknown, req, res, _next) => {
  const error = toPortalError(thrown);
  const { status, title, person } = ERROR_CODES[error.code];
  const { code, detail = person, retryAfterS = status === 503 ? AFTER_503_S : undefined } = error;
  const traceId = req.requestId;
  res.status(status).setHeader('Cache-Control', 'no-store');
  if (retryAfterS !== undefined) res.setHeader('Retry-After', Math.max(1, Math.ceil(retryAfterS)));
  if (wantsPage(req)) {
    res.type('html').send(problemPage({ code, traceId }));
    return;
  }
  const type = `urn:problem-type:portal:${code}`;
  const answer: Problem = { type, title, status, detail, code, traceId };
  res.type('application/problem+json').send(JSON.stringify(answer));
};

/** Whether the answer is for a person looking at a page rather than for a program. */
export function wantsPage(req: Request): boolean {
  return !isApi(req) && req.accepts(['json', 'html']) === 'html';
}

function logProblem(log: Log, error: PortalError, req: Request): void {
  const { status } = ERROR_CODES[error.code];
  // The client's fault, and the request line has its code.
  if (status < 500 && error.cause === undefined && error.qlikTraceId === undefined) return;
  const fields = {
    requestId: req.requestId,
    code: error.code,
    ...(error.qlikTraceId !== undefined && { qlikTraceId: error.qlikTraceId }),
    err: error,
  };
  if (status === 500) log.error(fields, error.message);
  else log.warn(fields, error.message);
}
