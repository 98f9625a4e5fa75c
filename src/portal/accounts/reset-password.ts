import type { Account } from '../../domain/model/account.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { changeAccount, type AccountDeps, type AccountRequest } from './account-change.ts';
import { issuePasswordInvite, type InviteDeps, type PasswordInvite } from './password-invites.ts';

/**
 * Issues a link by which the person sets a new password. Until then the old one stays valid, unless `revoke` removes it
 * and ends all sessions.
 * @throws PortalError not_found
 */
export function resetPassword(
  deps: AccountDeps & InviteDeps & { readonly endSessions: EndSessions },
  { revoke, ...request }: AccountRequest & { readonly revoke: boolean },
): Promise<{ readonly account: Account; readonly invite: PasswordInvite; readonly endedSessions: number }> {
  const reset = async (account: Account) => {
    if (revoke) await deps.accounts.removePasswordHash(account.id);
    const endedSessions = revoke ? await deps.endSessions(account) : 0;
    return { account, invite: await issuePasswordInvite(deps, account.id), endedSessions };
  };
  return changeAccount(deps, request, 'user.reset-password', reset, () => ({ revoke }));
}
