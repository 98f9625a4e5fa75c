import { PortalError } from '../../domain/errors.ts';
import { newAccountId, type AccountId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { normaliseEmail } from '../../domain/model/account.ts';
import { clientNetwork } from './client-network.ts';
import type { PasswordQueue, SlotGranted } from './password-queue.ts';

interface SignInAttempt extends RequestSource {
  /** As typed. */
  readonly email: string;
  readonly password: Secret;
}

/**
 * Signs a person in by e-mail and password.
 * @throws PortalError invalid_request (no e-mail address), too_many_attempts, and invalid_credentials for every other
 * reason: a guesser learns neither which accounts exist nor which are disabled, not even from the time it takes.
 */
export type SignIn = (attempt: SignInAttempt) => Promise<SignedInByPassword>;

export interface SignedInByPassword {
  readonly member: TenantMember;
  /**
   * Call it once the session is stored: a password that was replaced meanwhile ended the sessions there were then, and
   * this one must not survive.
   * @throws PortalError invalid_credentials
   */
  readonly confirm: () => Promise<void>;
}

export interface PasswordVerifier {
  readonly inQueue: PasswordQueue;
  /**
   * The stored hash that the password matches, rehashed where needed; undefined where it does not match. Takes as long
   * without an account as with one.
   */
  verify(userId: AccountId | undefined, password: Secret, granted?: SlotGranted): Promise<string | undefined>;
}

export function createSignIn(parts: {
  accounts: Pick<AccountStore, 'findByEmail' | 'passwordHash'>;
  tenantMembers: TenantMemberReader;
  passwords: PasswordVerifier;
  limits: SignInLimits;
  audit: AuditLog;
}): SignIn {
  const { accounts, tenantMembers, passwords, limits, audit } = parts;
  return async (attempt) => {
    const { address, requestId } = attempt;
    const email = normaliseEmail(attempt.email);
    if (email === undefined)
      throw new PortalError('invalid_request', { detail: 'email: not an e-mail address' });

    // Not audited where it refuses: a flood would fill the audit log through it.
    await limits.countAddress(address, requestId);
    const { account, fitting } = await passwords.inQueue(clientNetwork(address).site, async (granted) => {
      // Only once queued: a caller refused by the queue has not tried the account.
      await limits.countAccount({ email, address, requestId });
      const found = await accounts.findByEmail(email);
      return { account: found, fitting: await passwords.verify(found?.id, attempt.password, granted) };
    });
    // An unused id is looked up too: one query less would reveal that there is no account.
    const member = await tenantMembers.find(account?.id ?? newAccountId());
    const known = member && { userId: member.account.id, tenantId: member.tenant.id };
    const event = { action: 'sign-in', actor: account?.id ?? 'unknown', address, requestId, ...known };

    const refusal = refusalOf({ member, passwordFits: fitting !== undefined });
    if (member === undefined || refusal !== undefined) {
      await audit.append({ ...event, result: 'failed', detail: { reason: refusal ?? 'unknown account' } });
      throw new PortalError('invalid_credentials');
    }
    await limits.resetAccount({ email, address });
    await audit.append({ ...event, result: 'ok' });
    const { id } = member.account;
    return {
      member,
      async confirm() {
        if ((await accounts.passwordHash(id)) === fitting) return;
        // Another sign-in may have rehashed the same password.
        if ((await passwords.verify(id, attempt.password)) !== undefined) return;
        await audit.append({ ...event, result: 'failed', detail: { reason: 'password replaced meanwhile' } });
        throw new PortalError('invalid_credentials');
      },
    };
  };
}

/** Why not, for the audit log only. */
function refusalOf({ member, passwordFits }: { member: TenantMember | undefined; passwordFits: boolean }) {
  if (member === undefined) return 'unknown account';
  if (!passwordFits) return 'wrong password';
  if (member.account.status !== 'active') return 'account disabled';
  if (member.tenant.status !== 'active') return 'tenant disabled';
  return undefined;
}
