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

/** A key as the tenant shows it; it may come from another program than the portal. */
export type RegisteredKey = Readonly<Record<string, unknown>> & {
  readonly kid: string;
  readonly alg?: string | undefined;
};

/** The settings with which an OAuth client is created. */
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
