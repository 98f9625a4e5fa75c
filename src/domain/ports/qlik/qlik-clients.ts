import type { Secret } from '../../model/secret.ts';
import type { TenantAccess } from '../../model/tenant-access.ts';
import type {
  ConsentMethod,
  OAuthClientSettings,
  OAuthClient,
  OAuthClientChanges,
} from '../../model/oauth-client.ts';
import type { QlikPage } from './qlik-page.ts';

/**
 * `/api/v1/oauth-clients` of one tenant. A write that failed may have taken effect, unless the tenant refused it (4xx).
 * @throws PortalError from every method: qlik_client_rejected (the token), qlik_forbidden, qlik_rate_limited,
 *   qlik_unavailable, qlik_timeout, qlik_bad_response; further codes are named where they matter
 */
export interface QlikClients {
  page(
    access: TenantAccess,
    query: { limit?: number; next?: string; filter?: string },
  ): Promise<QlikPage<OAuthClient>>;
  /** @throws PortalError qlik_not_found */
  get(access: TenantAccess, clientId: string): Promise<OAuthClient>;
  /**
   * The tenant returns the secret this once.
   * @throws PortalError qlik_bad_request
   */
  create(
    access: TenantAccess,
    settings: OAuthClientSettings,
  ): Promise<{ readonly clientId: string; readonly secret: Secret }>;
  /**
   * Returns a secret where the change of authentication created one.
   * @throws PortalError qlik_not_found, qlik_bad_request
   */
  update(
    access: TenantAccess,
    clientId: string,
    changes: OAuthClientChanges,
  ): Promise<{ readonly secret: Secret | undefined }>;
  /** @throws PortalError qlik_not_found */
  remove(access: TenantAccess, clientId: string): Promise<void>;
  /** @throws PortalError qlik_not_found, qlik_conflict */
  publish(access: TenantAccess, clientId: string): Promise<void>;
  /** @throws PortalError qlik_conflict where the client has five secrets */
  createSecret(
    access: TenantAccess,
    clientId: string,
  ): Promise<{ readonly secret: Secret; readonly hint: string }>;
  /** @throws PortalError qlik_not_found */
  removeSecret(access: TenantAccess, clientId: string, hint: string): Promise<void>;
  consent(access: TenantAccess, clientId: string): Promise<ConsentMethod>;
  setConsent(access: TenantAccess, clientId: string, method: ConsentMethod): Promise<void>;
}
