import type { ErrorCodeName } from '../domain/error-codes.ts';
import type { PortalError } from '../domain/errors.ts';
import type { QlikResponse } from './http.ts';
import { readRefusal, refusalError } from './refusal.ts';

const TOKEN_CAP = /maximum|too many|limit|\bcap\b/i;
const DISABLED = /disabled/i;
const NO_SUCH_USER = /user_lookup|no such user|user not found|unknown user/i;
const CLIENT = /client|consent|grant|scope|trusted/i;

/**
 * Why `POST /oauth/token` said no. A 403 means "the user is disabled or has reached the maximum number of tokens":
 * Qlik's reference gives both in one row and no codes, so the words decide, and where they do not tell it counts
 * as disabled, because a portal that keeps its tokens hardly meets the maximum. `portal doctor` looks closer.
 */
export function tokenRefusal(response: QlikResponse): PortalError {
  return refusalError(response, codeOf(response));
}

function codeOf(response: QlikResponse): ErrorCodeName | undefined {
  const { status, code, title, detail } = readRefusal(response);
  const words = [code, title, detail].join(' ');
  if (status === 400 && NO_SUCH_USER.test(words)) return 'qlik_user_disabled';
  // invalid_client, unauthorized_client and invalid_scope (RFC 6749 section 5.2), and consent not given.
  if (status === 400 && CLIENT.test(words)) return 'qlik_client_rejected';
  if (status !== 403) return undefined;
  if (TOKEN_CAP.test(words) && !DISABLED.test(words)) return 'qlik_token_limit';
  return CLIENT.test(words) && !DISABLED.test(words) ? 'qlik_client_rejected' : 'qlik_user_disabled';
}
