import type { OAuthClientCredentials } from '../../model/tenant.ts';
import type { AccessToken, TokenRequest } from '../../model/token.ts';

/** The OAuth endpoints of a tenant: `/oauth/token` and `/oauth/revoke`. */
export interface QlikOAuth {
  /**
   * Exchanges the client's credentials for the user's access token.
   * @throws PortalError qlik_client_rejected, qlik_user_disabled, qlik_token_limit, qlik_rate_limited,
   *   qlik_unavailable, qlik_timeout, qlik_bad_response, qlik_bad_request
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
