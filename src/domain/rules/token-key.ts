import type { TokenRequest } from '../model/token.ts';

/**
 * Names the token that answers a request. A JSON tuple rather than joined text, so that no value can pretend
 * to be the next field; every input that changes the answer is in it, and the client's secret, which does not
 * change the answer, is not: a rotated secret keeps the cached tokens.
 */
export function tokenKey({ tenantId, host, client, user, scopes }: TokenRequest): string {
  return JSON.stringify([tenantId, host, client.clientId, user.field, user.value, ...scopes.toSorted()]);
}
