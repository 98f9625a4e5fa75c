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
  /** Whether it is the session of this request. */
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
  /** Whether an account that is impersonated as this Qlik user has a live session. */
  anyFor(query: {
    readonly tenantId: TenantId;
    readonly qlikUser: QlikUserRef;
    readonly begunAfter: number;
  }): Promise<boolean>;
}
