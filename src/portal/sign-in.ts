import { PortalError } from '../domain/errors.ts';
import { newPortalUserId, type PortalUserId } from '../domain/ids.ts';
import type { AuditLog, SignInLimits, Subject, SubjectReader, UserStore } from '../domain/ports.ts';
import type { Secret } from '../domain/secret.ts';
import { normaliseEmail } from '../domain/user.ts';
import { clientNetwork } from './client-network.ts';
import type { Gate, Turn } from './password-gate.ts';

interface SignInAttempt {
  /** As typed. */
  readonly email: string;
  readonly password: Secret;
  readonly address: string;
  readonly requestId: string;
}

/**
 * Signs a person in by e-mail and password.
 * @throws PortalError invalid_request (no e-mail address), too_many_attempts, and invalid_credentials for every other
 * reason: whoever guesses learns neither which accounts exist nor which are disabled, not even from the time it takes.
 */
export type SignIn = (attempt: SignInAttempt) => Promise<Subject>;

export interface PasswordVerifier {
  readonly inLine: Gate;
  /** Without a user it works as long as with one, and answers false. Brings the stored hash up to date on success. */
  verify(userId: PortalUserId | undefined, password: Secret, turn?: Turn): Promise<boolean>;
}

export function createSignIn(parts: {
  users: Pick<UserStore, 'findByEmail'>;
  subjects: SubjectReader;
  passwords: PasswordVerifier;
  limits: SignInLimits;
  audit: AuditLog;
}): SignIn {
  const { users, subjects, passwords, limits, audit } = parts;
  return async (attempt) => {
    const { address, requestId } = attempt;
    const email = normaliseEmail(attempt.email);
    if (email === undefined)
      throw new PortalError('invalid_request', { detail: 'email: not an e-mail address' });

    // Not audited where it refuses: a flood would fill the audit log through it.
    await limits.takeAddress(address, requestId);
    const { user, passwordFits } = await passwords.inLine(clientNetwork(address).site, async (turn) => {
      // Only with a place in line: whoever is refused for want of one has not tried the account.
      await limits.takeAccount({ email, address, requestId });
      const found = await users.findByEmail(email);
      return { user: found, passwordFits: await passwords.verify(found?.id, attempt.password, turn) };
    });
    // Nobody's is looked up as well: else one question less to the database would tell.
    const subject = await subjects.find(user?.id ?? newPortalUserId());
    const known = subject && { userId: subject.user.id, tenantId: subject.tenant.id };
    const event = { action: 'sign-in', actor: user?.id ?? 'unknown', address, requestId, ...known };

    const refusal = refusalOf({ subject, passwordFits });
    if (subject === undefined || refusal !== undefined) {
      await audit.append({ ...event, result: 'failed', detail: { reason: refusal ?? 'unknown account' } });
      throw new PortalError('invalid_credentials');
    }
    await limits.forgive({ email, address });
    await audit.append({ ...event, result: 'ok' });
    return subject;
  };
}

/** Why not, for the audit log only. */
function refusalOf({ subject, passwordFits }: { subject: Subject | undefined; passwordFits: boolean }) {
  if (subject === undefined) return 'unknown account';
  if (!passwordFits) return 'wrong password';
  if (subject.user.status !== 'active') return 'account disabled';
  if (subject.tenant.status !== 'active') return 'tenant disabled';
  return undefined;
}
