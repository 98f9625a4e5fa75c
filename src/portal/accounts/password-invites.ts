import { hash, randomBytes } from 'node:crypto';
import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import { Secret } from '../../domain/model/secret.ts';

/** A link by which a person sets a password: whoever has it, has the account. */
export interface PasswordLink {
  readonly url: Secret;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** A link and what is stored of it. */
export interface NewPasswordLink extends PasswordLink {
  readonly codeHash: string;
}

const LIFE_MS = 60 * 60_000;
const CODE_BYTES = 32;

/**
 * Draws a link that lives for an hour. Its code stands in the fragment: browsers send that to no server, so it is in
 * no log and no Referer, and people without JavaScript can copy it from there.
 */
export function newPasswordLink({ publicUrl, clock }: { publicUrl: string; clock: Clock }): NewPasswordLink {
  const code = randomBytes(CODE_BYTES).toString('base64url');
  return {
    url: new Secret(`${publicUrl}/set-password#${code}`),
    expiresAt: clock.now() + LIFE_MS,
    codeHash: hashPasswordCode(code),
  };
}

/** The code is drawn by chance from 2^256: no salt or slow hash is needed. */
export function hashPasswordCode(code: string): string {
  return hash('sha256', code, 'base64url');
}

/** Makes a link the account's only one. Codes: not_found. */
export async function issuePasswordLink(
  deps: { readonly passwordInvites: PasswordInviteStore; readonly publicUrl: string; readonly clock: Clock },
  userId: AccountId,
): Promise<PasswordLink> {
  const { url, expiresAt, codeHash } = newPasswordLink(deps);
  await deps.passwordInvites.save({ userId, codeHash, expiresAt });
  return { url, expiresAt };
}
