import { hasCode } from '../../domain/errors.ts';
import { newAccountId, type AccountId } from '../../domain/model/ids.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Secret } from '../../domain/model/secret.ts';
import type { Turn } from './password-queue.ts';
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

    async verify(userId, password, turn) {
      // Nobody's is looked up as well: else one question less to the database would tell.
      const hash = await accounts.passwordHash(userId ?? newAccountId());
      const fits = await hasher.verify(password, hash, turn);
      if (!fits || userId === undefined || hash === undefined) return undefined;
      return await broughtUpToDate({ userId, password, hash, turn });
    },
  };

  /** The hash that is stored then. */
  async function broughtUpToDate(known: {
    readonly userId: AccountId;
    readonly password: Secret;
    readonly hash: string;
    readonly turn: Turn | undefined;
  }): Promise<string> {
    const { userId, password, hash, turn } = known;
    if (!hasher.needsRehash(hash)) return hash;
    try {
      // Only in place of the hash that was verified: the password may have been changed meanwhile.
      const newer = await hasher.hash(password, turn);
      return (await accounts.setPasswordHash(userId, newer, { replacing: hash })) ? newer : hash;
    } catch (error) {
      // Too much to do: the next sign-in will.
      if (!hasCode(error, 'too_many_attempts')) throw error;
      return hash;
    }
  }
}
