import type { AccountId } from '../model/ids.ts';

/** Invites: one-time links by which a person sets a password. Only hashes of their codes are kept. */
export interface PasswordInviteStore {
  /**
   * Replaces the account's older invite.
   * @throws PortalError not_found (account)
   */
  save(link: {
    readonly userId: AccountId;
    readonly codeHash: string;
    /** ms since the epoch. */
    readonly expiresAt: number;
  }): Promise<void>;
  /** The account of the invite; undefined if it does not exist or has expired. */
  find(codeHash: string): Promise<AccountId | undefined>;
  /** Deletes the invite and sets the password, both or neither; undefined if the invite is no longer valid. */
  redeem(codeHash: string, passwordHash: string): Promise<AccountId | undefined>;
  /** Revokes the account's invite, if any. */
  remove(userId: AccountId): Promise<void>;
  /** Returns how many had expired. */
  removeExpired(): Promise<number>;
}
