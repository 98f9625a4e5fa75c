import type { AccountId, TenantId } from '../model/ids.ts';
import type { QlikUserRef } from '../model/account.ts';

/** A session as its owner and ops see it: never with its id. */
export interface SessionSummary {
  /** As the browser named itself at sign-in. */
  readonly userAgent: string | undefined;
  /** ms since the epoch. */
  readonly signedInAt: number;
  /** ms since the epoch, exact to a minute. */
  readonly lastSeenAt: number;
  /** The identity provider that vouched for the holder; undefined where they gave a password. */
  readonly ssoProvider: string | undefined;
  /** The session of whoever asks. */
  readonly current: boolean;
}

/** The live sessions. `begunAfter` (ms since the epoch) leaves out those past the absolute limit. */
export interface SessionDirectory {
  /** Newest first. */
  list(query: {
    readonly userId: AccountId;
    readonly begunAfter: number;
    readonly currentSessionId?: string;
  }): Promise<readonly SessionSummary[]>;
  /** Whether anybody is signed in whose account speaks for this Qlik user. */
  anyFor(query: {
    readonly tenantId: TenantId;
    readonly qlikUser: QlikUserRef;
    readonly begunAfter: number;
  }): Promise<boolean>;
}
