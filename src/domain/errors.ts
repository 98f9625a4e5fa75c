import { ERROR_CODES, type ErrorCodeName } from './error-codes.ts';

interface PortalErrorOptions {
  /** Safe to show to a developer or a person: no secrets, tokens or foreign e-mails. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** Seconds after which it is worth trying again. */
  readonly retryAfterS?: number;
  /** Qlik Cloud's own trace id, for a support case with Qlik. Goes to the log only. */
  readonly qlikTraceId?: string;
}

/** The one error of this product. Callers switch on `code`; web/problem.ts and the CLI render it. */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  readonly code: ErrorCodeName;
  readonly detail: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly qlikTraceId: string | undefined;

  constructor(code: ErrorCodeName, options: PortalErrorOptions = {}) {
    const { title } = ERROR_CODES[code];
    super(options.detail === undefined ? title : `${title}: ${options.detail}`, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterS = options.retryAfterS;
    this.qlikTraceId = options.qlikTraceId;
  }
}

export function hasCode(error: unknown, ...codes: readonly ErrorCodeName[]): error is PortalError {
  return error instanceof PortalError && codes.includes(error.code);
}

/** What was thrown by something that may throw anything. */
export function asPortalError(error: unknown): PortalError {
  return error instanceof PortalError ? error : new PortalError('internal_error', { cause: error });
}
