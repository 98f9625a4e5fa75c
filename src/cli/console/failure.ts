import { CommanderError } from 'commander';
import { ConfigError } from '../../config/config.ts';
import { ERROR_CODES } from '../../domain/error-codes.ts';
import { PortalError } from '../../domain/errors.ts';
import { EXIT } from '../../domain/exit-codes.ts';

/** The command was called in a way it does not understand. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A question was not answered with yes. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  /** What ops can do about it. */
  readonly advice?: string;
  readonly qlikTraceId?: string;
}

/** What to say about an error; undefined where commander has said it all. */
export function failureOf(error: unknown): Failure | { readonly exitCode: number } {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: 'usage', message: error.message };
  if (error instanceof Declined)
    return { exitCode: EXIT.interrupted, code: 'declined', message: 'Nothing was done.' };
  if (error instanceof ConfigError)
    return { exitCode: EXIT.config, code: 'config_invalid', message: error.message };
  if (error instanceof PortalError) return portalFailure(error);
  // Not the message: nobody knows what a foreign error carries.
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
