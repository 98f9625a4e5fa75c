import type { TokenRequest } from '../../domain/model/token.ts';
import type { Place } from '../../runtime/fair-queue.ts';

/** One exchange on its way, and all who wait for it. */
export interface Flight {
  readonly key: string;
  /** The newest request for the key: a client secret may be rotated while the flight waits for its turn. */
  request: TokenRequest;
  /** Only a token with a greater fence will do. */
  readonly newerThan: number;
  /** In the line of its tenant. */
  place: Place;
  /** Another replica is making the token. */
  elsewhere: boolean;
}
