import { hasCode } from '../../domain/errors.ts';
import { newAccountId, type AccountId } from '../../domain/model/ids.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { SlotGranted } from './password-queue.ts';
import type { PasswordHasher } from './password.ts';
import type { PasswordVerifier } from './sign-in.ts';

/** Accounts' passwords: sign-in's {@link PasswordVerifier} over the stored hashes. */
export function createPasswordVerifier({
  accounts,
  hasher,
}: {
  accounts: Pick<AccountStore, 'passwordHash' | 'setPasswordHash'>;
  hasher: PasswordHasher;
}): PasswordVerifier {
  return {
    inQueue: hasher.inQueue,

    async verify(userId, password, granted) {
      // An unused id is looked up too: one query less would reveal that there is no account.
      const hash = await accounts.passwordHash(userId ?? newAccountId());
      const fits = await hasher.verify(password, hash, granted);
      if (!fits || userId === undefined || hash === undefined) return undefined;
      return await rehashed({ userId, password, hash, granted });
    },
  };

  /** Returns the hash that is stored afterwards. */
  async function rehashed({
    userId,
    password,
    hash,
    granted,
  }: {
    readonly userId: AccountId;
    readonly password: Secret;
    readonly hash: string;
    readonly granted: SlotGranted | undefined;
  }): Promise<string> {
    if (!hasher.needsRehash(hash)) return hash;
    try {
      // Only in place of the verified hash: the password may have been changed meanwhile.
      const newer = await hasher.hash(password, granted);
      return (await accounts.setPasswordHash(userId, newer, { replacing: hash })) ? newer : hash;
    } catch (error) {
      // Too much to do: the next sign-in will.
      if (!hasCode(error, 'too_many_attempts')) throw error;
      return hash;
    }
  }
}
