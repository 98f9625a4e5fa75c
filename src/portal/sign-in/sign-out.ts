import type { AccountId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import { record } from '../audit.ts';
import type { Principal } from '../../domain/model/session.ts';

/** What a sign-out starts besides ending the session. */
export type SignOut = (principal: Principal, source: RequestSource) => Promise<void>;

export function createSignOut({
  audit,
  leaveQlik = () => undefined,
}: {
  audit: AuditLog;
  /** Starts to revoke the account's token; must not block. */
  leaveQlik?: (userId: AccountId) => void;
}): SignOut {
  return async ({ userId, tenantId }, source) => {
    leaveQlik(userId);
    await record({ audit, actor: userId, userId, tenantId, source }, 'sign-out');
  };
}
