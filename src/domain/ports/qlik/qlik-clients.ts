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
 * `/api/v1/oauth-clients` of one tenant. Every call can fail with qlik_client_rejected (the token), qlik_forbidden,
 * qlik_rate_limited, qlik_unavailable, qlik_timeout, qlik_bad_response; further codes are named where they matter.
 * A failed write may have been carried out all the same, unless the tenant refused it (4xx).
 */
export interface QlikClients {
  page(
    access: TenantAccess,
    query: { limit?: number; next?: string; filter?: string },
  ): Promise<QlikPage<OAuthClient>>;
  /** qlik_not_found */
  get(access: TenantAccess, clientId: string): Promise<OAuthClient>;
  /** qlik_bad_request. The secret is told here, once and never again. */
  create(
    access: TenantAccess,
    settings: OAuthClientSettings,
  ): Promise<{ readonly clientId: string; readonly secret: Secret }>;
  /** qlik_not_found, qlik_bad_request. A secret where the change of authentication made one. */
  update(
    access: TenantAccess,
    clientId: string,
    changes: OAuthClientChanges,
  ): Promise<{ readonly secret: Secret | undefined }>;
  /** qlik_not_found */
  remove(access: TenantAccess, clientId: string): Promise<void>;
  /** qlik_not_found, qlik_conflict */
  publish(access: TenantAccess, clientId: string): Promise<void>;
  /** qlik_conflict: the client has five secrets. */
  createSecret(
    access: TenantAccess,
    clientId: string,
  ): Promise<{ readonly secret: Secret; readonly hint: string }>;
  /** qlik_not_found */
  removeSecret(access: TenantAccess, clientId: string, hint: string): Promise<void>;
  consent(access: TenantAccess, clientId: string): Promise<ConsentMethod>;
  setConsent(access: TenantAccess, clientId: string, method: ConsentMethod): Promise<void>;
}
