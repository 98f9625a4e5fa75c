import { hash, randomBytes } from 'node:crypto';
import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import { Secret } from '../../domain/model/secret.ts';

/** A link by which a person sets a password: its holder gets the account. */
export interface PasswordInvite {
  readonly url: Secret;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

export interface InviteDeps {
  readonly passwordInvites: PasswordInviteStore;
  readonly publicUrl: string;
  readonly clock: Clock;
}

const LIFE_MS = 60 * 60_000;
const CODE_BYTES = 32;

/**
 * Draws a link that is valid for an hour, and what is stored of it. Its code is in the fragment: browsers send that to
 * no server, so it is in no log and no Referer, and people without JavaScript can copy it from there.
 */
export function newPasswordInvite({
  publicUrl,
  clock,
}: Pick<InviteDeps, 'publicUrl' | 'clock'>): PasswordInvite & { readonly codeHash: string } {
  const code = randomBytes(CODE_BYTES).toString('base64url');
  return {
    url: new Secret(`${publicUrl}/set-password#${code}`),
    expiresAt: clock.now() + LIFE_MS,
    codeHash: hashInviteCode(code),
  };
}

/** The code is 32 random bytes: no salt or slow hash is needed. */
export function hashInviteCode(code: string): string {
  return hash('sha256', code, 'base64url');
}

/**
 * Issues a link, and voids the account's older one.
 * @throws PortalError not_found
 */
export async function issuePasswordInvite(deps: InviteDeps, userId: AccountId): Promise<PasswordInvite> {
  const { url, expiresAt, codeHash } = newPasswordInvite(deps);
  await deps.passwordInvites.save({ userId, codeHash, expiresAt });
  return { url, expiresAt };
}
