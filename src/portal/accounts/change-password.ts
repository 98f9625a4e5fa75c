import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import { byOwner, record } from '../audit.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import type { PasswordHasher } from '../sign-in/password.ts';
import type { PasswordVerifier } from '../sign-in/sign-in.ts';
import type { PasswordPolicy } from './password-policy.ts';

export interface ChangePasswordRequest extends RequestSource {
  readonly member: TenantMember;
  readonly current: Secret;
  readonly password: Secret;
  /** The current session, which stays. */
  readonly sessionId: string;
}

/**
 * Changes a password given the current one, and ends the account's other sessions. Attempts count as sign-in attempts, so
 * that the password cannot be guessed in an unattended browser.
 * @throws PortalError current_password_wrong, too_many_attempts, password_too_short, password_too_long,
 * password_guessable
 */
export type ChangePassword = (request: ChangePasswordRequest) => Promise<{ readonly endedSessions: number }>;

export function createChangePassword(parts: {
  accounts: Pick<AccountStore, 'setPasswordHash'>;
  passwordInvites: Pick<PasswordInviteStore, 'remove'>;
  passwords: PasswordVerifier;
  endSessions: EndSessions;
  limits: SignInLimits;
  policy: PasswordPolicy;
  hasher: Pick<PasswordHasher, 'hash'>;
  audit: AuditLog;
}): ChangePassword {
  const { accounts, passwordInvites, passwords, endSessions, limits, policy, hasher, audit } = parts;
  return async ({ member, current, password, sessionId, address, requestId }) => {
    const { account } = member;
    const context = { audit, ...byOwner(member), source: { address, requestId } };
    await limits.countAddress(address, requestId);
    await limits.countAccount({ email: account.email, address, requestId });
    const refuse = async (reason: string) => {
      await record(context, 'password.change', { reason }, 'failed');
      return new PortalError('current_password_wrong');
    };
    const known = await passwords.verify(account.id, current);
    if (known === undefined) throw await refuse('wrong password');
    await limits.resetAccount({ email: account.email, address });
    await policy(password, member);
    const hash = await hasher.hash(password);
    // Ops, or a link, may have replaced the old one meanwhile.
    const changed = await accounts.setPasswordHash(account.id, hash, { replacing: known });
    if (!changed) throw await refuse('password replaced meanwhile');
    // A leaked link would give the account away for an hour.
    await passwordInvites.remove(account.id);
    // A stolen cookie may have been used to fetch the token.
    const endedSessions = await endSessions(account, { exceptSessionId: sessionId, tokenInAnyCase: true });
    await record(context, 'password.change', { endedSessions });
    return { endedSessions };
  };
}
