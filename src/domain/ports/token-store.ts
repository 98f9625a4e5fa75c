import type { AccessToken } from '../model/token.ts';

export interface StoredToken {
  readonly token: AccessToken;
  /** Orders the exchanges of one key: what was asked for later has the greater fence. */
  readonly fence: number;
  /** ms since the epoch: when to start making the successor. */
  readonly refreshAt: number;
  /** It was made because Qlik refused the one before. */
  readonly replacesRefused: boolean;
}

/** What an exchange made, before the store keeps it. */
export type MadeToken = Pick<StoredToken, 'token' | 'refreshAt'>;

/** Why a token goes: Qlik refused it, or its owner has left. */
export type DropReason = 'refused' | 'forgotten';

/** The sole right to make the next token of a key. Ends with {@link Lease.fulfil} or {@link Lease.release}. */
export interface Lease {
  /** Whether it still is the sole right, as far as is known: another replica may have it where this one was cut off. */
  isHeld(): boolean;
  /**
   * Keeps the token, unless one with a greater fence was kept meanwhile (the lease ran out, and another replica
   * was faster): whoever asked gets the newer of both.
   */
  fulfil(made: MadeToken): Promise<StoredToken>;
  /** Gives the right back with nothing made. After {@link fulfil} it does nothing. */
  release(): Promise<void>;
}

export type Claim =
  | { readonly kind: 'token'; readonly stored: StoredToken }
  | { readonly kind: 'mine'; readonly lease: Lease }
  /** Another replica is making it. */
  | { readonly kind: 'busy' };

/** The current token of each key; see `tokenKey`. Never gives one that is expired. */
export interface TokenStore {
  /** What this process knows, at once. */
  peek(key: string): StoredToken | undefined;
  /** The newest that any replica has made. */
  read(key: string): Promise<StoredToken | undefined>;
  /** The token where there is one with a fence above `newerThan`, or else the right to make it. */
  claim(key: string, newerThan: number): Promise<Claim>;
  /** Notes that somebody waits for the token, at whichever replica, for the next `ms`. */
  markWaiting(key: string, ms: number): void;
  /** Whether somebody still waits for it. */
  hasWaiter(key: string): Promise<boolean>;
  /** Lets go of the token if it is still the current one; the next one knows when it replaces a refused one. */
  drop(key: string, tokenId: string, why: DropReason): Promise<void>;
}
