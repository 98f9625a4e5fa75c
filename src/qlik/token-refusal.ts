import type { ErrorCodeName } from '../domain/error-codes.ts';
import type { PortalError } from '../domain/errors.ts';
import type { QlikResponse } from './http.ts';
import { readRefusal, refusalError } from './refusal.ts';

const TOKEN_CAP = /maximum|too many|limit|\bcap\b/i;
const CLIENT = /client|consent|grant|scope|trusted/i;

/**
 * Why `POST /oauth/token` said no. A 403 means "the user is disabled" or "has reached the maximum number of tokens"
 * (Qlik's reference gives both in one row and no codes), so the words decide; a client that may not impersonate
 * answers the same way.
 */
export function tokenRefusal(response: QlikResponse): PortalError {
  return refusalError(response, codeOf(response));
}

function codeOf(response: QlikResponse): ErrorCodeName | undefined {
  const { status, code, title, detail } = readRefusal(response);
  const words = [code, title, detail].join(' ');
  // invalid_client, invalid_grant, unauthorized_client, invalid_scope of RFC 6749 section 5.2 come with 400.
  if (status === 400 && CLIENT.test(words)) return 'qlik_client_rejected';
  if (status !== 403) return undefined;
  if (TOKEN_CAP.test(words)) return 'qlik_token_limit';
  return CLIENT.test(words) ? 'qlik_client_rejected' : 'qlik_user_disabled';
}
