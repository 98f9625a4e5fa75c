import type { TenantId } from './ids.ts';
import type { ClientAuthentication } from './tenant.ts';

/** A customer's OpenID Connect provider, as ops configured it. */
export interface IdentityProvider {
  /** The portal's name for it, part of its addresses: `/login/sso/acme`. */
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  readonly scopes: readonly string[];
  /** Whose people it signs in: of one tenant, or of the one that ops gave for the value of a claim. */
  readonly tenants:
    { readonly only: TenantId } | { readonly claim: string; readonly known: ReadonlyMap<string, TenantId> };
  /** A sign-in is refused unless it has these claims with exactly these values, such as the organisation. */
  readonly require: ReadonlyMap<string, string>;
  /** In lower case and ASCII. Only addresses in them become the e-mail of an account. */
  readonly emailDomains: readonly string[];
  /** Its e-mail addresses count as verified although it does not send `email_verified`. */
  readonly trustEmail: boolean;
  /** The claim that holds the name. */
  readonly nameClaim: string;
  /** Null: the portal's own groups stay as they are. */
  readonly groups: {
    readonly claim: string;
    /** The group for each value that counts: others could be the names of groups with a role in the Qlik tenant. */
    readonly known: ReadonlyMap<string, string>;
  } | null;
  /** Whether people without an account get one when they first come (just in time). */
  readonly jit: boolean;
  /** Whether signing out of the portal offers to sign out of the provider too. */
  readonly endProviderSession: boolean;
  /** Whether it may stand in a private network. */
  readonly privateNetwork: boolean;
}

/** What the browser that began a sign-in has to bring back for it to end. */
export interface SsoTransaction {
  readonly providerId: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly codeVerifier: string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** Who the provider says it is. Signature, issuer, audience, nonce and times of the ID token have been checked. */
export interface SsoIdentity {
  readonly providerId: string;
  /** With {@link subject} the only key to an account. */
  readonly issuer: string;
  readonly subject: string;
  /** The provider's name for its session with the person, for back-channel logout. */
  readonly sid: string | undefined;
  /** Of the ID token. */
  readonly idToken: Claims;
  /** Of the UserInfo endpoint; empty where it was not needed. */
  readonly userInfo: Claims;
}

/** Whose session ended at the provider: that session (`sid`), or all of the person (`subject`). */
export interface SsoLogout {
  readonly providerId: string;
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly sid: string | undefined;
  /** ms since the epoch, the provider's clock. */
  readonly issuedAt: number;
}
