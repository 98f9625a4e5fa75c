import type { PortalUserId, QlikUserId, TenantId } from './ids.ts';
import type { PortalUser, QlikUserRef } from './user.ts';

/** One-time links by which a person sets a password. Only hashes of their codes are kept. */
export interface PasswordLinkStore {
  /** Makes this the person's only link: an older one is void. Codes: not_found where the account is gone. */
  save(link: {
    readonly userId: PortalUserId;
    readonly codeHash: string;
    /** ms since the epoch. */
    readonly expiresAt: number;
  }): Promise<void>;
  /** Whose link it is; undefined where there is none, or it is over. */
  find(codeHash: string): Promise<PortalUserId | undefined>;
  /** Uses the link up and sets the password, both or neither; undefined where the link is void meanwhile. */
  redeem(codeHash: string, passwordHash: string): Promise<PortalUserId | undefined>;
  /** Makes the person's link void, where there is one. */
  remove(userId: PortalUserId): Promise<void>;
  /** Returns how many were past their end. */
  sweep(): Promise<number>;
}

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
    readonly userId: PortalUserId;
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

/** Which Qlik user an account speaks for, and what the portal has given that user. */
export interface QlikLinkStore {
  /** Only where the account still has the link `from`; says whether it had. */
  replace(
    userId: PortalUserId,
    change: { readonly from: QlikUserRef | null; readonly to: QlikUserRef | null },
  ): Promise<boolean>;
  /** Names of the groups that the portal gave the Qlik user; others are not the portal's to take. */
  givenGroups(userId: PortalUserId): Promise<readonly string[]>;
  setGivenGroups(userId: PortalUserId, groups: readonly string[]): Promise<void>;
  /** The Qlik user that the portal disabled with the account; others are not the portal's to enable. */
  closedUser(userId: PortalUserId): Promise<string | undefined>;
  setClosedUser(userId: PortalUserId, qlikUserId: QlikUserId | null): Promise<void>;
}

/** An account of an import, and the link to its first password where one was made. */
export interface NewAccount {
  readonly user: PortalUser;
  readonly link?: { readonly codeHash: string; readonly expiresAt: number };
}

/** Many accounts at once. */
export interface AccountImport {
  /** Which of these e-mails belong to accounts already. */
  taken(emails: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Saves all of them, and in the audit log that `actor` added them, or none, in one step when the iteration is over:
   * until then everybody else writes as usual. Whatever the iteration throws ends it; while it runs, nothing else may
   * be asked of the storage by this process.
   * Codes: conflict where an e-mail was taken meanwhile, not_found where the tenant is gone.
   */
  saveAll(batches: AsyncIterable<readonly NewAccount[]>, by: { readonly actor: string }): Promise<number>;
}
