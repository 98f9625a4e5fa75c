import type { ErrorCodeName } from '../domain/error-codes.ts';
import type { PortalError } from '../domain/errors.ts';
import type { QlikResponse } from './http.ts';
import { readRefusal, refusalError } from './refusal.ts';

const TOKEN_CAP = /maximum|too many|limit|\bcap\b/i;
const DISABLED = /disabled/i;
const NO_SUCH_USER = /user_lookup|no such user|user not found|unknown user/i;
const CLIENT = /client|consent|grant|scope|trusted/i;

/**
 * The error for a refused `POST /oauth/token`. A 403 means "the user is disabled or has reached the maximum number of
 * tokens": Qlik's reference has one row for both and no codes, so the text decides. Where it does not, the user counts
 * as disabled, because a portal that reuses its tokens rarely reaches the maximum. `portal doctor` finds out which.
 */
export function tokenRefusal(response: QlikResponse): PortalError {
  return refusalError(response, codeOf(response));
}

function codeOf(response: QlikResponse): ErrorCodeName | undefined {
  const { status } = response;
  const { code, title, detail } = readRefusal(response);
  const words = [code, title, detail].join(' ');
  if (status === 400 && NO_SUCH_USER.test(words)) return 'qlik_user_disabled';
  // invalid_client, unauthorized_client and invalid_scope (RFC 6749 section 5.2), and consent not given.
  if (status === 400 && CLIENT.test(words)) return 'qlik_client_rejected';
  if (status !== 403) return undefined;
  if (TOKEN_CAP.test(words) && !DISABLED.test(words)) return 'qlik_token_limit';
  return CLIENT.test(words) && !DISABLED.test(words) ? 'qlik_client_rejected' : 'qlik_user_disabled';
}
