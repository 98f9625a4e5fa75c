import { PortalError } from '../../domain/errors.ts';

/**
 * PostgreSQL refuses NUL in text, SQLite keeps it, and both silently change lone surrogates: refused here for
 * both, so that every text comes back exactly as it went in.
 * @throws PortalError invalid_request
 */
export function refuseUnstorableText(parameters: readonly unknown[]): void {
  for (const value of parameters) {
    if (typeof value !== 'string') continue;
    if (value.includes('\0')) throw refusal('a text contains a NUL character');
    if (!value.isWellFormed()) throw refusal('a text is not well-formed Unicode');
  }
}

function refusal(detail: string): PortalError {
  return new PortalError('invalid_request', { detail });
}
