import { CommanderError } from 'commander';
import { ConfigError } from '../../config/config.ts';
import { ERROR_CODES } from '../../domain/error-codes.ts';
import { PortalError } from '../../domain/errors.ts';
import { EXIT } from '../../domain/exit-codes.ts';

/** Invalid arguments or options. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A question was answered with no, or interrupted. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** What ops can do. */
  readonly advice?: string;
  readonly qlikTraceId?: string;
}

/** What to print about an error; only an exit code where commander has printed it. */
export function failureOf(error: unknown): Failure | { readonly exitCode: number } {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: 'usage', message: error.message };
  if (error instanceof Declined)
    return { exitCode: EXIT.interrupted, code: 'declined', message: 'Nothing was done.' };
  if (error instanceof ConfigError)
    return { exitCode: EXIT.config, code: 'config_invalid', message: error.message };
  if (error instanceof PortalError) return portalFailure(error);
  // Not the message: that of an unknown error may contain secrets.
  const name = error instanceof Error ? error.name : typeof error;
  return { exitCode: EXIT.internal, code: 'internal_error', message: `The portal failed (${name}).` };
}

function portalFailure({ code, message, qlikTraceId }: PortalError): Failure {
  const { exitCode, ops } = ERROR_CODES[code];
  return {
    exitCode,
    code,
    message,
    ...(ops !== null && { advice: ops }),
    ...(qlikTraceId !== undefined && { qlikTraceId }),
  };
}
