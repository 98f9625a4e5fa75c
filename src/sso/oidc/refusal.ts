import * as openid from 'openid-client';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { PortalError } from '../../domain/errors.ts';

/** The person cancelled, or the provider needs an interaction (OpenID Connect Core 1.0 section 3.1.2.6). */
const PERSON = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);
const PROVIDER_DOWN = new Set(['temporarily_unavailable', 'server_error']);

/** Codes of openid-client and oauth4webapi for a missing or unreadable response, as opposed to a refused one. */
const NO_ANSWER = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

/** The error for a failed exchange with a provider: sso_cancelled, sso_failed or sso_unavailable. */
export function exchangeRefusal(error: unknown): PortalError {
  if (error instanceof PortalError) return error;
  return new PortalError(codeOf(error), { cause: safeCause(error) });
}

/** The error for a provider that cannot be used: sso_unavailable. */
export function unavailable(error: unknown): PortalError {
  return error instanceof PortalError
    ? error
    : new PortalError('sso_unavailable', { cause: safeCause(error) });
}

function codeOf(error: unknown): ErrorCodeName {
  if (error instanceof openid.AuthorizationResponseError) {
    if (PERSON.has(error.error)) return 'sso_cancelled';
    return PROVIDER_DOWN.has(error.error) ? 'sso_unavailable' : 'sso_failed';
  }
  if (error instanceof openid.ResponseBodyError && error.status >= 500) return 'sso_unavailable';
  if (error instanceof openid.ClientError)
    return NO_ANSWER.has(error.code ?? '') ? 'sso_unavailable' : 'sso_failed';
  // fetch throws a TypeError without a connection.
  return error instanceof TypeError ? 'sso_unavailable' : 'sso_failed';
}

/**
 * The messages of the error and its causes, and the provider's error code. Nothing else: the libraries attach claims,
 * responses and codes to their errors, and a JSON parser quotes the body.
 */
function safeCause(error: unknown): Error {
  const lines: string[] = [];
  for (let each = error; each instanceof Error && lines.length < 4; each = each.cause) {
    if (each instanceof SyntaxError) break;
    const { code, error: said } = each as Error & { readonly code?: unknown; readonly error?: unknown };
    const marks = [code, said].filter((mark) => typeof mark === 'string' && /^[\w.-]{1,64}$/.test(mark));
    lines.push(marks.length === 0 ? each.message : `${each.message} (${marks.join(', ')})`);
  }
  return new Error(lines.join(': ') || 'an error without a message');
}
