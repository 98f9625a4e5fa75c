import type { TokenRequest } from '../../domain/model/token.ts';
import type { Slot } from '../../runtime/fair-queue.ts';

/** A token to be fetched. */
export interface TokenFetch {
  readonly key: string;
  readonly request: TokenRequest;
  /** The fence of the token to be replaced, 0 where there is none: only one with a greater fence will do. */
  readonly newerThan: number;
}

/** The fetch of a key in progress, shared by all callers of the key. */
export interface InFlight extends TokenFetch {
  /** The newest request for the key: a client secret may be rotated while the fetch waits for its slot. */
  request: TokenRequest;
  /** In the queue of its tenant. */
  slot: Slot;
  /** Another replica has the lease. */
  inOtherReplica: boolean;
}
