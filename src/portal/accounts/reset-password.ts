import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Account } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { requireAccount } from './find-account.ts';
import { issuePasswordInvite, type PasswordInvite } from './password-invites.ts';

export interface ResetPasswordDeps {
  readonly accounts: AccountStore;
  readonly passwordInvites: PasswordInviteStore;
  readonly endSessions: EndSessions;
  readonly audit: AuditLog;
  readonly publicUrl: string;
  readonly clock: Clock;
}

/**
 * Makes a link by which the person sets a new password; until then the old one goes on working, unless
 * `revoke` ends it and all sessions at once.
 * @throws PortalError not_found
 */
export async function resetPassword(
  deps: ResetPasswordDeps,
  { account, revoke, actor }: { account: string; revoke: boolean; actor: string },
): Promise<{ readonly account: Account; readonly invite: PasswordInvite; readonly endedSessions: number }> {
  const found = await requireAccount(deps.accounts, account);
  const { id: userId, tenantId } = found;
  return audited(
    { audit: deps.audit, actor, tenantId, userId },
    'user.reset-password',
    async () => {
      if (revoke) await deps.accounts.removePasswordHash(userId);
      const endedSessions = revoke ? await deps.endSessions(found) : 0;
      return { account: found, invite: await issuePasswordInvite(deps, userId), endedSessions };
    },
    { revoke },
  );
}
