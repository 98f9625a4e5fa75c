import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { UserStore } from '../../domain/ports/account-store.ts';
import type { PortalUser } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { findAccount } from './find-account.ts';

interface StatusDeps {
  readonly users: UserStore;
  readonly endSessions: EndSessions;
  readonly audit: AuditLog;
}

/**
 * Lets a person in again, or out: a disabled account has no session left, and every part of the portal refuses it from
 * its next request on. Codes: not_found.
 */
export async function setAccountStatus(
  { users, endSessions, audit }: StatusDeps,
  { account, status, actor }: { account: string; status: PortalUser['status']; actor: string },
): Promise<{ readonly user: PortalUser; readonly endedSessions: number }> {
  const user = await findAccount(users, account);
  const action = status === 'active' ? 'user.enable' : 'user.disable';
  const { id: userId, tenantId } = user;
  return audited({ audit, actor, tenantId, userId }, action, async () => {
    // Before the sessions are ended, so that none begins in between.
    await users.setStatus(userId, status);
    const endedSessions = status === 'active' ? 0 : await endSessions(user);
    return { user: { ...user, status }, endedSessions };
  });
}

/** Removes an account with its sessions, password and links. Codes: not_found. */
export async function removeAccount(
  { users, endSessions, audit }: StatusDeps,
  { account, actor }: { account: string; actor: string },
): Promise<{ readonly user: PortalUser; readonly endedSessions: number }> {
  const user = await findAccount(users, account);
  const { id: userId, tenantId } = user;
  return audited(
    { audit, actor, tenantId, userId },
    'user.remove',
    async () => {
      await users.remove(userId);
      return { user, endedSessions: await endSessions(user) };
    },
    { email: user.email },
  );
}

/** Signs a person out everywhere. Codes: not_found. */
export async function signOutAccount(
  { users, endSessions, audit }: StatusDeps,
  { account, actor }: { account: string; actor: string },
): Promise<{ readonly user: PortalUser; readonly endedSessions: number }> {
  const user = await findAccount(users, account);
  const { id: userId, tenantId } = user;
  return audited({ audit, actor, tenantId, userId }, 'user.sign-out', async () => ({
    user,
    endedSessions: await endSessions(user),
  }));
}
