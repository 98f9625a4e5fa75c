import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import type { PasswordHasher } from '../sign-in/password.ts';
import type { PasswordVerifier } from '../sign-in/sign-in.ts';
import type { PasswordPolicy } from './password-policy.ts';

export interface ChangePasswordRequest {
  readonly member: TenantMember;
  readonly current: Secret;
  readonly password: Secret;
  /** Of whoever asks: it goes on. */
  readonly sessionId: string;
  readonly address: string;
  readonly requestId: string;
}

/**
 * Changes a password for who knows the old one, and ends the person's other sessions. Attempts count as sign-in
 * attempts, so that an unattended browser is no place to guess at the password.
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
    const { account, tenant } = member;
    const event = {
      action: 'password.change',
      actor: account.id,
      userId: account.id,
      tenantId: tenant.id,
      address,
      requestId,
    };
    await limits.countAddress(address, requestId);
    await limits.countAccount({ email: account.email, address, requestId });
    const refuse = async (reason: string) => {
      await audit.append({ ...event, result: 'failed', detail: { reason } });
      return new PortalError('current_password_wrong');
    };
    const known = await passwords.verify(account.id, current);
    if (known === undefined) throw await refuse('wrong password');
    await limits.resetAccount({ email: account.email, address });
    await policy(password, member);
    const hash = await hasher.hash(password);
    // Ops, or a link, may have ended the old one while all this took its time.
    const changed = await accounts.setPasswordHash(account.id, hash, { replacing: known });
    if (!changed) throw await refuse('password replaced meanwhile');
    // Whoever may have got at it would have the account back for an hour.
    await passwordInvites.remove(account.id);
    // Whoever had a copy of the cookie may have fetched the token with it.
    const endedSessions = await endSessions(account, { exceptSessionId: sessionId, tokenInAnyCase: true });
    await audit.append({ ...event, result: 'ok', detail: { endedSessions } });
    return { endedSessions };
  };
}
