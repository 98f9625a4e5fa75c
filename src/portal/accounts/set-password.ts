import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import type { PasswordHasher } from '../sign-in/password.ts';
import { hashInviteCode } from './password-invites.ts';
import type { PasswordPolicy } from './password-policy.ts';

export interface SetPasswordRequest {
  /** From the link. */
  readonly code: Secret;
  readonly password: Secret;
  readonly address: string;
  readonly requestId: string;
}

/**
 * Sets the password of whoever has a link, and ends their sessions: the link may have been asked for because somebody
 * else is in. A password that is refused leaves the link as it is.
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
    const { account, tenant } = member;
    await policy(password, member);
    const passwordHash = await hasher.hash(password);
    if ((await passwordInvites.redeem(codeHash, passwordHash)) === undefined) {
      throw new PortalError('password_link_invalid');
    }
    await endSessions(account);
    await audit.append({
      action: 'password.set',
      result: 'ok',
      actor: account.id,
      userId: account.id,
      tenantId: tenant.id,
      address,
      requestId,
    });
  };
}
