import type { PortalUserId, TenantId } from './ids.ts';
import type { ClientRole, OAuthClientCredentials, Tenant } from './tenant.ts';
import type { AccessToken, TokenRequest } from './token.ts';
import type { PortalUser } from './user.ts';

/** What can change about a tenant that keeps its address and its credentials. */
export type TenantChanges = Partial<Pick<Tenant, 'name' | 'status' | 'scopes' | 'embed' | 'createQlikUsers'>>;

/** Customers and the encrypted credentials of their tenants. */
export interface TenantStore {
  find(id: TenantId): Promise<Tenant | undefined>;
  list(): Promise<readonly Tenant[]>;
  /** Inserts or replaces. */
  save(tenant: Tenant): Promise<void>;
  /** Touches nothing else, so that it never undoes what others do meanwhile. Codes: not_found. */
  update(id: TenantId, changes: TenantChanges): Promise<void>;
  /**
   * Replaces stored credentials where `from` are still the stored ones: of two runs at once, one wins and the other
   * is told. Codes: not_found, conflict.
   */
  replaceCredentials(
    id: TenantId,
    role: ClientRole,
    credentials: { readonly from: OAuthClientCredentials | null; readonly to: OAuthClientCredentials | null },
  ): Promise<void>;
  remove(id: TenantId): Promise<void>;
}

/** One secret at rest, looked at while the encryption key is replaced. */
export interface ResealedSecret {
  readonly tenantId: string;
  readonly column: string;
  /** `failed`: no configured key opens it. */
  readonly status: 'resealed' | 'current' | 'failed';
}

/** The stored secrets as such, whatever they open. */
export interface SealedSecrets {
  /** Name of the key that seals now. */
  readonly keyId: string;
  /**
   * Seals what is not yet sealed with that key, one secret at a time; whoever stops early goes on by asking again.
   * A secret that is replaced meanwhile is never overwritten.
   */
  reseal(): AsyncIterable<ResealedSecret>;
}

/** Portal accounts. An e-mail belongs to one account in the whole portal. */
export interface UserStore {
  find(id: PortalUserId): Promise<PortalUser | undefined>;
  findByEmail(email: string): Promise<PortalUser | undefined>;
  list(tenantId?: TenantId): Promise<readonly PortalUser[]>;
  /** Inserts or replaces; `conflict` when another account has the e-mail. */
  save(user: PortalUser): Promise<void>;
  remove(id: PortalUserId): Promise<void>;
  setStatus(id: PortalUserId, status: PortalUser['status']): Promise<void>;
  /** What is given and nothing else, so that an identity provider and ops never undo what the other does meanwhile. */
  setProfile(id: PortalUserId, profile: Partial<Pick<PortalUser, 'name' | 'groups'>>): Promise<void>;
  /** The PHC string of the password, undefined where none was set. */
  passwordHash(id: PortalUserId): Promise<string | undefined>;
  /**
   * `replacing`: only where this hash is still the stored one, else nothing happens. Says whether it was set.
   * Codes: not_found where the account is gone and nothing was to be replaced.
   */
  setPasswordHash(
    id: PortalUserId,
    hash: string,
    options?: { readonly replacing?: string },
  ): Promise<boolean>;
  /** Nobody gets in by password from then on. */
  removePasswordHash(id: PortalUserId): Promise<void>;
}

/** Names a person of an identity provider for good (OpenID Connect Core section 5.7); an e-mail does not. */
export interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

/** Whose single sign-on opens which account. */
export interface IdentityStore {
  find(identity: IdentityKey): Promise<PortalUserId | undefined>;
  /**
   * Makes a new account that the identity opens: both or neither.
   * Codes: conflict where another account has the e-mail or the identity, not_found where there is no such tenant.
   */
  createAccount(identity: IdentityKey, user: PortalUser): Promise<void>;
  /**
   * Lets the identity open an account that exists. Only ops decide that.
   * Codes: conflict where it opens one already, not_found where the account is gone.
   */
  link(identity: IdentityKey, userId: PortalUserId): Promise<void>;
  /** All that open the account. */
  list(userId: PortalUserId): Promise<readonly IdentityKey[]>;
  /** The identity opens this account no more. Codes: not_found where it did not. */
  unlink(identity: IdentityKey, userId: PortalUserId): Promise<void>;
}

/** Whom a token request speaks for: the account and its tenant, as they are now. */
export interface Subject {
  readonly user: PortalUser;
  readonly tenant: Tenant;
}

/** The one read that every token request makes, so it is one query. Undefined where the account is gone. */
export interface SubjectReader {
  find(userId: PortalUserId): Promise<Subject | undefined>;
}

/** `POST /oauth/token` and its kin of one tenant. */
export interface QlikOAuth {
  /**
   * Trades the client's credentials for the user's token.
   * Codes: qlik_client_rejected, qlik_user_disabled, qlik_token_limit, qlik_rate_limited, qlik_unavailable,
   * qlik_timeout, qlik_bad_response, qlik_bad_request.
   */
  impersonate(request: TokenRequest): Promise<AccessToken>;
  clientCredentials(request: {
    readonly host: string;
    readonly client: OAuthClientCredentials;
    readonly scopes: readonly string[];
  }): Promise<AccessToken>;
  revoke(request: {
    readonly host: string;
    readonly client: OAuthClientCredentials;
    readonly token: AccessToken;
  }): Promise<void>;
}

/** Ends sessions from outside a request: someone was disabled, changed the password, or left their company. */
export interface SessionRegistry {
  /** Returns how many it were. */
  endAllOf(
    who:
      { readonly userId: PortalUserId; readonly exceptSessionId?: string } | { readonly tenantId: TenantId },
  ): Promise<number>;
  /** Ends what the identity provider vouched for and what began before `begunBefore`, in ms. Returns whose each was. */
  endAllOfProvider(
    which: { readonly providerId: string; readonly begunBefore: number } & (
      { readonly sid: string } | { readonly userId: PortalUserId }
    ),
  ): Promise<readonly PortalUserId[]>;
}

/** Counts sign-in attempts. Throws `too_many_attempts` with the seconds to wait. `requestId` is for the audit log. */
export interface SignInLimits {
  /** Before anything is done for the address. */
  takeAddress(address: string, requestId?: string): Promise<void>;
  /** Before the password is looked at, and only where it will be: else a busy portal would close accounts. */
  takeAccount(attempt: {
    readonly email: string;
    readonly address: string;
    readonly requestId?: string;
  }): Promise<void>;
  /** After a success: the account's failures are forgotten, the address's are not. */
  forgive(attempt: { readonly email: string; readonly address: string }): Promise<void>;
}

/**
 * The request that something is done for. Absent where the portal acts by itself or for a command: giving a token
 * back after a sign-out, reconcile, housekeeping. What is done ahead for everybody names the request that set it off.
 */
export interface RequestOrigin {
  readonly address: string;
  readonly requestId: string;
}

export interface AuditEvent extends Partial<RequestOrigin> {
  readonly action: string;
  readonly result: 'ok' | 'failed';
  /** Who did it: a portal user id, or `ops:NAME` for the command line. */
  readonly actor: string;
  readonly tenantId?: string;
  readonly userId?: string;
  /** Small, flat, no secrets. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Append-only. */
export interface AuditLog {
  append(event: AuditEvent): Promise<void>;
}

/** An event as it was kept. */
export interface RecordedAuditEvent extends AuditEvent {
  readonly id: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** All that are given must hold. */
export interface AuditFilter {
  readonly tenantId?: string;
  readonly userId?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly result?: AuditEvent['result'];
  readonly address?: string;
  readonly requestId?: string;
  /** ms since the epoch, inclusive. */
  readonly since?: number;
  /** ms since the epoch, exclusive. */
  readonly until?: number;
  /** The last event of the page before this one. */
  readonly before?: Pick<RecordedAuditEvent, 'at' | 'id'>;
  /** Events at most, 100 unless told, never more than 1,000. */
  readonly limit?: number;
}

/** What ops do with the audit log: read it, newest first, and let go of what is past its retention. */
export interface AuditTrail {
  read(filter: AuditFilter): Promise<readonly RecordedAuditEvent[]>;
  /** Returns how many events went. */
  removeBefore(at: number): Promise<number>;
}
