import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import { byOwner, record } from '../audit.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import type { PasswordHasher } from '../sign-in/password.ts';
import { hashInviteCode } from './password-invites.ts';
import type { PasswordPolicy } from './password-policy.ts';

export interface SetPasswordRequest extends RequestSource {
  /** From the link. */
  readonly code: Secret;
  readonly password: Secret;
}

/**
 * Sets a password by a link, and ends the account's sessions: the link may have been asked for because the account was
 * taken over. A refused password leaves the link valid.
 * @throws PortalError password_link_invalid, password_too_short, password_too_long, password_guessable,
 * too_many_attempts
 */
export type SetPassword = (request: SetPasswordRequest) => Promise<void>;

export function createSetPassword(parts: {
  passwordInvites: PasswordInviteStore;
  tenantMembers: TenantMemberReader;
  endSessions: EndSessions;
  limits: SignInLimits;
  policy: PasswordPolicy;
  hasher: Pick<PasswordHasher, 'hash'>;
  audit: AuditLog;
}): SetPassword {
  const { passwordInvites, tenantMembers, endSessions, limits, policy, hasher, audit } = parts;
  return async ({ code, password, address, requestId }) => {
    await limits.countAddress(address, requestId);
    const codeHash = hashInviteCode(code.reveal());
    const userId = await passwordInvites.find(codeHash);
    const member = userId && (await tenantMembers.find(userId));
    if (member === undefined || member.account.status !== 'active')
      throw new PortalError('password_link_invalid');
    await policy(password, member);
    const passwordHash = await hasher.hash(password);
    if ((await passwordInvites.redeem(codeHash, passwordHash)) === undefined) {
      throw new PortalError('password_link_invalid');
    }
    await endSessions(member.account);
    await record({ audit, ...byOwner(member), source: { address, requestId } }, 'password.set');
  };
}
