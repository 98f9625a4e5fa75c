import type { AccountId, TenantId } from './ids.ts';

/** What a portal session says about its holder. Everything else is looked up, so that it is never stale. */
export interface Principal {
  readonly userId: AccountId;
  readonly tenantId: TenantId;
  /** ms since the epoch; the absolute limit of the session counts from here. */
  readonly signedInAt: number;
  /** Set where an identity provider vouched for the holder; without it they gave a password. */
  readonly sso?: SsoSession | undefined;
}

/** The provider and its own name for its session with the person, for logout in both directions. */
export interface SsoSession {
  readonly providerId: string;
  readonly sid?: string | undefined;
}
