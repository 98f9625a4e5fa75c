import type { Account } from '../../domain/model/account.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { changeAccount, type AccountDeps, type AccountRequest } from './account-change.ts';

interface StatusDeps extends AccountDeps {
  readonly endSessions: EndSessions;
}

interface SignedOut {
  readonly account: Account;
  readonly endedSessions: number;
}

/** Enables or disables an account. A disabled one has no session left, and is refused from its next request on. */
export function setAccountStatus(
  deps: StatusDeps,
  { status, ...request }: AccountRequest & { readonly status: Account['status'] },
): Promise<SignedOut> {
  const action = status === 'active' ? 'user.enable' : 'user.disable';
  return changeAccount(deps, request, action, async (found) => {
    // Before the sessions are ended, so that none begins in between.
    await deps.accounts.setStatus(found.id, status);
    const endedSessions = status === 'active' ? 0 : await deps.endSessions(found);
    return { account: { ...found, status }, endedSessions };
  });
}

/** Removes an account with its sessions, password and password link. */
export function removeAccount(deps: StatusDeps, request: AccountRequest): Promise<SignedOut> {
  const remove = async (account: Account) => {
    await deps.accounts.remove(account.id);
    return { account, endedSessions: await deps.endSessions(account) };
  };
  return changeAccount(deps, request, 'user.remove', remove, ({ email }) => ({ email }));
}

/** Signs a person out everywhere. */
export function signOutAccount(deps: StatusDeps, request: AccountRequest): Promise<SignedOut> {
  return changeAccount(deps, request, 'user.sign-out', async (account) => ({
    account,
    endedSessions: await deps.endSessions(account),
  }));
}
