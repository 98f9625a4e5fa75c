import { createHash } from 'node:crypto';
import { hashSessionId, type SessionHolder } from '../../sessions/session-data.ts';

export function sessionKey(idHash: string): string {
  return `session:${idHash}`;
}

export function keyOfSessionId(sessionId: string): string {
  return sessionKey(hashSessionId(sessionId));
}

/** Names of the lists by which sessions are found from outside a request. */
export const lists = {
  ofUser: (userId: string) => `sessions-of-user:${userId}`,
  ofTenant: (tenantId: string) => `sessions-of-tenant:${tenantId}`,
  // Hashed: an identity provider may call its sessions anything, at any length.
  ofProvider: (providerId: string, sid: string) =>
    `sessions-of-provider:${createHash('sha256')
      .update(JSON.stringify([providerId, sid]))
      .digest('base64url')}`,
};

/** The lists that a session of this holder is in. */
export function listsOf({ userId, tenantId, ssoProvider, ssoSid }: SessionHolder): string[] {
  return [
    ...(userId === null ? [] : [lists.ofUser(userId)]),
    ...(tenantId === null ? [] : [lists.ofTenant(tenantId)]),
    ...(ssoProvider === null || ssoSid === null ? [] : [lists.ofProvider(ssoProvider, ssoSid)]),
  ];
}
