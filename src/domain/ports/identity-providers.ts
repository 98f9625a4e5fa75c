import type { IdentityProvider, SsoTransaction, SsoIdentity, SsoLogout } from '../model/identity-provider.ts';

/** OpenID Connect with the configured providers. An unknown `providerId` is `not_found`. */
export interface IdentityProviders {
  find(providerId: string): IdentityProvider | undefined;
  /** The provider of an e-mail domain. */
  findByDomain(domain: string): IdentityProvider | undefined;
  /**
   * Where to send the browser, and what it must bring back.
   * @throws PortalError sso_unavailable
   */
  begin(providerId: string): Promise<{ readonly url: string; readonly transaction: SsoTransaction }>;
  /**
   * Judges the provider's answer and trades its code.
   * @param query of the callback, as it came: `?code=…&state=…&iss=…`
   * @throws PortalError sso_cancelled, sso_failed, sso_unavailable
   */
  finish(transaction: SsoTransaction, query: string): Promise<SsoIdentity>;
  /** Where the browser ends its session with the provider; undefined where there is no such place, or no answer. */
  endSessionUrl(providerId: string): Promise<string | undefined>;
  /**
   * Judges a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6).
   * @throws PortalError invalid_request, sso_unavailable
   */
  readLogoutToken(providerId: string, token: string): Promise<SsoLogout>;
}
