import type { Secret } from './secret.ts';

/** Where an administrative call goes and whose token carries it. */
export interface TenantAccess {
  /** Origin of the tenant. */
  readonly host: string;
  readonly token: Secret;
}

export type ConsentMethod = 'required' | 'trusted';
/** A public key in the form the tenant registers it (RFC 7517). */
export type PublicJwk = {
  readonly kid: string;
  readonly alg: 'ES384' | 'RS256' | 'RS512';
  readonly use: 'sig';
} & (
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
);

/** A key as the tenant shows it, which need not be one this portal could have made. */
export type RegisteredKey = Readonly<Record<string, unknown>> & {
  readonly kid: string;
  readonly alg?: string | undefined;
};

/** What can be said about an OAuth client when it is made. */
export interface OAuthClientSettings {
  readonly clientName: string;
  readonly description: string;
  readonly allowedScopes: readonly string[];
  readonly allowedGrantTypes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly allowedOrigins: readonly string[];
}

export interface ClientSecretRecord {
  /** Names the secret without being it: some characters of it. */
  readonly hint: string;
  /** ms since the epoch; undefined where the tenant does not say. */
  readonly createdAt: number | undefined;
}

/** An OAuth client as the tenant shows it; never with a secret. */
export interface OAuthClient extends OAuthClientSettings {
  readonly clientId: string;
  readonly appType: string;
  /** `client_secret`, `private_key_jwt`; empty means the first. */
  readonly allowedAuthMethods: readonly string[];
  readonly publicKeys: readonly RegisteredKey[];
  readonly secrets: readonly ClientSecretRecord[];
  readonly createdAt: string;
  readonly publishedAt: string | undefined;
  /** Set where the tenant switched the client off. */
  readonly disableTag: string | undefined;
}

export type OAuthClientChanges = Partial<
  OAuthClientSettings & {
    readonly allowedAuthMethods: readonly string[];
    readonly publicKeys: readonly RegisteredKey[];
  }
>;

export interface OAuthClientPage {
  readonly clients: readonly OAuthClient[];
  /** Cursor of the page after this one; undefined on the last. */
  readonly next: string | undefined;
}

/**
 * `/api/v1/oauth-clients` of one tenant. Every call can fail with qlik_client_rejected (the token), qlik_forbidden,
 * qlik_rate_limited, qlik_unavailable, qlik_timeout, qlik_bad_response; further codes are named where they matter.
 * A failed write may have been carried out all the same, unless the tenant refused it (4xx).
 */
export interface QlikClients {
  page(
    access: TenantAccess,
    query: { limit?: number; next?: string; filter?: string },
  ): Promise<OAuthClientPage>;
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
