import type { AccountId } from '../model/ids.ts';

/** One-time links by which a person sets a password. Only hashes of their codes are kept. */
export interface PasswordInviteStore {
  /**
   * Makes this the person's only link: an older one is void.
   * @throws PortalError not_found where the account was removed
   */
  save(link: {
    readonly userId: AccountId;
    readonly codeHash: string;
    /** ms since the epoch. */
    readonly expiresAt: number;
  }): Promise<void>;
  /** Whose link it is; undefined where there is none, or it is over. */
  find(codeHash: string): Promise<AccountId | undefined>;
  /** Uses the link up and sets the password, both or neither; undefined where the link is void meanwhile. */
  redeem(codeHash: string, passwordHash: string): Promise<AccountId | undefined>;
  /** Makes the person's link void, where there is one. */
  remove(userId: AccountId): Promise<void>;
  /** Returns how many were past their end. */
  removeExpired(): Promise<number>;
}
