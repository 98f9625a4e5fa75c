import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Account } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { requireAccount } from './find-account.ts';

interface StatusDeps {
  readonly accounts: AccountStore;
  readonly endSessions: EndSessions;
  readonly audit: AuditLog;
}

/**
 * Lets a person in again, or out: a disabled account has no session left, and every part of the portal refuses it from
 * its next request on.
 * @throws PortalError not_found
 */
export async function setAccountStatus(
  { accounts, endSessions, audit }: StatusDeps,
  { account, status, actor }: { account: string; status: Account['status']; actor: string },
): Promise<{ readonly account: Account; readonly endedSessions: number }> {
  const found = await requireAccount(accounts, account);
  const action = status === 'active' ? 'user.enable' : 'user.disable';
  const { id: userId, tenantId } = found;
  return audited({ audit, actor, tenantId, userId }, action, async () => {
    // Before the sessions are ended, so that none begins in between.
    await accounts.setStatus(userId, status);
    const endedSessions = status === 'active' ? 0 : await endSessions(found);
    return { account: { ...found, status }, endedSessions };
  });
}

/**

 * Removes an account with its sessions, password and links.

 * @throws PortalError not_found

 */
export async function removeAccount(
  { accounts, endSessions, audit }: StatusDeps,
  { account, actor }: { account: string; actor: string },
): Promise<{ readonly account: Account; readonly endedSessions: number }> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  return audited(
    { audit, actor, tenantId, userId },
    'user.remove',
    async () => {
      await accounts.remove(userId);
      return { account: found, endedSessions: await endSessions(found) };
    },
    { email: found.email },
  );
}

/**

 * Signs a person out everywhere.

 * @throws PortalError not_found

 */
export async function signOutAccount(
  { accounts, endSessions, audit }: StatusDeps,
  { account, actor }: { account: string; actor: string },
): Promise<{ readonly account: Account; readonly endedSessions: number }> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  return audited({ audit, actor, tenantId, userId }, 'user.sign-out', async () => ({
    account: found,
    endedSessions: await endSessions(found),
  }));
}
