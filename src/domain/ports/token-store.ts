import type { AccessToken } from '../model/token.ts';

export interface StoredToken {
  readonly token: AccessToken;
  /** Orders the exchanges of one key: a later claim has the greater fence. */
  readonly fence: number;
  /** ms since the epoch: when to start fetching the successor. */
  readonly refreshAt: number;
  /** It replaces a token that Qlik refused. */
  readonly replacesRefused: boolean;
}

/** The result of an exchange, before it is stored. */
export type FreshToken = Pick<StoredToken, 'token' | 'refreshAt'>;

/** Why a token is dropped: Qlik refused it, or its user signed out. */
export type DropReason = 'refused' | 'forgotten';

/** The sole right to exchange the next token of a key. Ends with {@link Lease.fulfil} or {@link Lease.release}. */
export interface Lease {
  /** Whether the right is still held, as far as is known: a replica that was cut off may have lost it to another. */
  isHeld(): boolean;
  /**
   * Keeps the token, unless one with a greater fence was kept meanwhile (the lease ran out, and another replica
   * was faster): returns the newer of both.
   */
  fulfil(made: FreshToken): Promise<StoredToken>;
  /** Gives the right back without a token. After {@link fulfil} it does nothing. */
  release(): Promise<void>;
}

export type Claim =
  | { readonly kind: 'token'; readonly stored: StoredToken }
  | { readonly kind: 'mine'; readonly lease: Lease }
  /** Another replica has the lease. */
  | { readonly kind: 'busy' };

/** The current token of each key; see `tokenKey`. Never returns an expired one. */
export interface TokenStore {
  /** What this process knows, without waiting. */
  peek(key: string): StoredToken | undefined;
  /** The newest of all replicas. */
  read(key: string): Promise<StoredToken | undefined>;
  /** The token where there is one with a fence above `newerThan`, or else the right to exchange it. */
  claim(key: string, newerThan: number): Promise<Claim>;
  /** Marks for the next `ms` that a caller waits for the token; known to all replicas. */
  markWaiting(key: string, ms: number): void;
  /** Whether a caller still waits for it, at any replica. */
  hasWaiter(key: string): Promise<boolean>;
  /** Drops the token if it is still the current one; its successor is marked where it was refused. */
  drop(key: string, tokenId: string, why: DropReason): Promise<void>;
}
