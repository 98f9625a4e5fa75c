import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import { hasCode } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import { clientNetwork } from './client-network.ts';

interface Attempt {
  readonly email?: string;
  readonly address: string;
  readonly requestId?: string | undefined;
}

/** What is remembered of who is locked out; a flood from more addresses is written down more than once. */
const MOST_REMEMBERED = 10_000;

/**
 * Writes down that sign-in was paused, for an account or from an address: once for each pause, so that no flood fills
 * the audit log.
 */
export function auditedLockouts(
  limits: SignInLimits,
  {
    accounts,
    audit,
    clock,
  }: {
    readonly accounts: Pick<AccountStore, 'findByEmail'>;
    readonly audit: AuditLog;
    readonly clock: Clock;
  },
): SignInLimits {
  const writtenUntil = new LRUCache<string, number>({ max: MOST_REMEMBERED });

  async function watched(attempt: Attempt, take: () => Promise<void>): Promise<void> {
    try {
      await take();
    } catch (error) {
      if (hasCode(error, 'too_many_attempts')) await write(attempt, (error.retryAfterS ?? 1) * 1000);
      throw error;
    }
  }

  async function write({ email, address, requestId }: Attempt, pauseMs: number): Promise<void> {
    const key = JSON.stringify([email ?? null, clientNetwork(address).subscriber]);
    const now = clock.now();
    if ((writtenUntil.get(key) ?? 0) > now) return;
    writtenUntil.set(key, now + pauseMs);
    const account = email === undefined ? undefined : await accounts.findByEmail(email);
    await audit.append({
      action: 'sign-in.lockout',
      result: 'failed',
      actor: 'unknown',
      address,
      ...(requestId !== undefined && { requestId }),
      ...(account && { userId: account.id, tenantId: account.tenantId }),
      detail: { of: email === undefined ? 'address' : 'account', seconds: Math.ceil(pauseMs / 1000) },
    });
  }

  return {
    countAddress: (address, requestId) =>
      watched({ address, requestId }, () => limits.countAddress(address, requestId)),
    countAccount: (attempt) => watched(attempt, () => limits.countAccount(attempt)),
    resetAccount: (attempt) => limits.resetAccount(attempt),
  };
}
