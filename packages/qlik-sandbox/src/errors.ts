import { randomBytes } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ZodError, type ZodType } from 'zod';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Payload too large',
  415: 'Unsupported media type',
  429: 'API rate limit reached.',
  500: 'Internal server error',
  502: 'Bad gateway',
  503: 'Service unavailable',
  504: 'Gateway timeout',
};

/** The codes Qlik documents for "not found"; elsewhere the general `HTTP-<status>` form of its 429 is used. */
const NOT_FOUND_CODES: [prefix: string, code: string][] = [
  ['/api/v1/users', 'USERS-7'],
  ['/api/v1/groups', 'GROUPS-7'],
  ['/api/v1/tenants', 'TENANTS-8'],
];

/** An answer other than success; {@link errorHandler} writes it in Qlik's shape. */
export class SandboxError extends Error {
  readonly status: number;
  readonly detail: string | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, detail?: string, headers: Record<string, string> = {}) {
    super(TITLES[status] ?? 'Error');
    this.name = 'SandboxError';
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** The 429 of the rate limits page; whole seconds, in the text and in `Retry-After`. */
export function tooManyRequests(retryAfterSeconds: number): SandboxError {
  const detail = `You need to wait ${retryAfterSeconds} seconds until limit is lifted.`;
  return new SandboxError(429, detail, { 'Retry-After': String(retryAfterSeconds) });
}

/** Parses a body or query; a mismatch is a 400 that names the field but never repeats the value. */
export function parse<T>(schema: ZodType<T>, value: unknown): T {
  try {
    return schema.parse(value);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    const where = issue?.path.join('.');
    throw new SandboxError(400, where ? `${where}: ${issue?.message}` : (issue?.message ?? 'invalid'));
  }
}

/** `{errors: [{code, title, detail?, status?}], traceId}`; each API types `status` its own way. */
function errorBody({ status, message, detail }: SandboxError, path: string): object {
  const known = status === 404 ? NOT_FOUND_CODES.find(([prefix]) => path.startsWith(prefix)) : undefined;
  return {
    errors: [
      {
        code: known?.[1] ?? `HTTP-${status}`,
        title: message,
        ...(detail === undefined ? {} : { detail }),
        ...statusAsTyped(status, path),
      },
    ],
    traceId: randomBytes(16).toString('hex'),
  };
}

function statusAsTyped(status: number, path: string): { status?: number | string } {
  if (path.startsWith('/api/v1/oauth-clients')) return {};
  if (path.startsWith('/api/v1/users') || path.startsWith('/api/v1/groups')) return { status };
  return { status: String(status) };
}

export const notFound: RequestHandler = () => {
  throw new SandboxError(404);
};

/** The last middleware: every failure in Qlik's shape, also what the body parsers throw. */
export const errorHandler: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) return next(error);
  const known = asSandboxError(error);
  res.status(known.status).set(known.headers).json(errorBody(known, req.originalUrl));
};

function asSandboxError(error: unknown): SandboxError {
  if (error instanceof SandboxError) return error;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new SandboxError(status, 'The request could not be read.');
  }
  process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
  return new SandboxError(500);
}
