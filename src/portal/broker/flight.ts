import type { TokenRequest } from '../../domain/token.ts';

/** One exchange on its way, and all who wait for it. */
export interface Flight {
  readonly key: string;
  /** The newest request for the key: a client secret may be rotated while the flight waits for its turn. */
  request: TokenRequest;
  /** Only a token with a greater fence will do. */
  readonly newerThan: number;
  /** Qlik refused the token before. */
  replacesRefused: boolean;
  /** ms since the epoch: when the flight gives up its place because nobody came back for it. */
  wantedUntil: number;
  /** How many are before it at its tenant. */
  ahead: () => number;
}
