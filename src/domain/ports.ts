import type { PortalUserId, TenantId } from './ids.ts';
import type { OAuthClientCredentials, Tenant } from './tenant.ts';
import type { AccessToken, TokenRequest } from './token.ts';
import type { PortalUser } from './user.ts';

/** Customers and the encrypted credentials of their tenants. */
export interface TenantStore {
  find(id: TenantId): Promise<Tenant | undefined>;
  list(): Promise<readonly Tenant[]>;
  /** Inserts or replaces. */
  save(tenant: Tenant): Promise<void>;
  remove(id: TenantId): Promise<void>;
}

/** Portal accounts. An e-mail belongs to one account in the whole portal. */
export interface UserStore {
  find(id: PortalUserId): Promise<PortalUser | undefined>;
  findByEmail(email: string): Promise<PortalUser | undefined>;
  list(tenantId?: TenantId): Promise<readonly PortalUser[]>;
  /** Inserts or replaces; `conflict` when another account has the e-mail. */
  save(user: PortalUser): Promise<void>;
  remove(id: PortalUserId): Promise<void>;
  /** The PHC string of the password, undefined where none was set. */
  passwordHash(id: PortalUserId): Promise<string | undefined>;
  setPasswordHash(id: PortalUserId, hash: string): Promise<void>;
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

/** Ends sessions from outside a request: someone was disabled, or changed the password. */
export interface SessionRegistry {
  endAllOf(
    who:
      { readonly userId: PortalUserId; readonly exceptSessionId?: string } | { readonly tenantId: TenantId },
  ): Promise<number>;
}

/** Counts sign-in attempts. Throws `too_many_attempts` with the seconds to wait. */
export interface SignInLimits {
  /** Before the password is looked at. */
  take(attempt: { readonly email: string; readonly address: string }): Promise<void>;
  /** After a success: the account's failures are forgotten, the address's are not. */
  forgive(attempt: { readonly email: string }): Promise<void>;
}

export interface AuditEvent {
  readonly action: string;
  readonly result: 'ok' | 'failed';
  /** Who did it: a portal user id, or `ops:NAME` for the command line. */
  readonly actor: string;
  readonly tenantId?: string;
  readonly userId?: string;
  readonly address?: string;
  readonly requestId?: string;
  /** Small, flat, no secrets. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Append-only. */
export interface AuditLog {
  append(event: AuditEvent): Promise<void>;
}
