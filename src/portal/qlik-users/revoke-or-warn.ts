import type { Account } from '../../domain/model/account.ts';
import type { Timer } from '../../runtime/timer.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { TokenRevoker } from './token-revoker.ts';

/** A tenant takes longer only where its budget is used up; the account itself is closed already. */
const REVOKE_WITHIN_MS = 10_000;

interface RevokeDeps {
  readonly tokenRevoker: Pick<TokenRevoker, 'revokeAll'>;
  readonly timer: Timer;
  /** Whether replicas share tokens; otherwise only the server process knows the token that its pages use. */
  readonly sharesTokens: boolean;
}

/** Revokes the Qlik tokens of an account. Returns a warning where some may stay valid. */
export async function revokeOrWarn(
  { tokenRevoker, timer, sharesTokens }: RevokeDeps,
  account: Account,
): Promise<string | undefined> {
  const outcome = await withTimeout(tokenRevoker.revokeAll(account), {
    timer,
    ms: REVOKE_WITHIN_MS,
    onTimeout: () => 'qlik_rate_limited' as const,
  });
  if (outcome === 'done' || (outcome === 'known-only' && sharesTokens)) return undefined;
  const reason =
    outcome === 'known-only' ? `tenant ${account.tenantId} has no management credentials` : outcome;
  return `token revocation failed (${reason}): open pages of ${account.email} keep a valid Qlik token for up to six hours`;
}
