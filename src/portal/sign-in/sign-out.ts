import type { AccountId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { Principal } from '../../domain/model/session.ts';

/** What a person's leaving sets off beyond the end of the session. */
export type SignOut = (
  principal: Principal,
  request: { readonly address: string; readonly requestId: string },
) => Promise<void>;

export function createSignOut({
  audit,
  leaveQlik = () => undefined,
}: {
  audit: AuditLog;
  /** Begins to give the person's token back; must not block. */
  leaveQlik?: (userId: AccountId) => void;
}): SignOut {
  return async ({ userId, tenantId }, { address, requestId }) => {
    leaveQlik(userId);
    await audit.append({
      action: 'sign-out',
      result: 'ok',
      actor: userId,
      userId,
      tenantId,
      address,
      requestId,
    });
  };
}
