import type { TenantId } from './ids.ts';
import type { Secret } from './secret.ts';

/** How the portal proves to a tenant that it is the OAuth client (RFC 6749 section 2.3, RFC 7523 section 2.2). */
export type ClientAuthentication =
  | { readonly method: 'client_secret'; readonly secret: Secret }
  | {
      readonly method: 'private_key_jwt';
      readonly keyId: string;
      readonly algorithm: 'ES384' | 'RS256' | 'RS512';
      /** PKCS #8, PEM. */
      readonly privateKey: Secret;
    };

export interface OAuthClientCredentials {
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
}

/** What a client of the portal is for: people's tokens, or the administration of the tenant. */
export type ClientRole = 'impersonation' | 'management';

export function sameCredentials(a: OAuthClientCredentials | null, b: OAuthClientCredentials | null): boolean {
  if (a === null || b === null) return a === b;
  return a.clientId === b.clientId && proofOf(a) === proofOf(b);
}

function proofOf({ authentication }: OAuthClientCredentials): string {
  return authentication.method === 'client_secret'
    ? authentication.secret.reveal()
    : authentication.privateKey.reveal();
}

export interface EmbedItem {
  readonly id: string;
  readonly title: string;
}

/** What the embed page shows of a tenant: one app, its sheets and single charts ("objects"). */
export interface EmbedContent {
  readonly appId: string;
  readonly sheets: readonly EmbedItem[];
  readonly objects: readonly EmbedItem[];
}

/** A customer of the OEM, and the Qlik Cloud tenant that is theirs. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  /** The origin of the tenant and nothing more: `https://acme.eu.qlikcloud.com`. */
  readonly host: string;
  readonly status: 'active' | 'disabled';
  /** Mints tokens for people (grant `urn:qlik:oauth:user-impersonation`); null until provisioned. */
  readonly impersonation: OAuthClientCredentials | null;
  /** Looks up and creates users and clients (grant `client_credentials`, admin scope); null where not given. */
  readonly management: OAuthClientCredentials | null;
  /** Scopes asked for people's tokens, `user_default` unless ops say otherwise. */
  readonly scopes: readonly string[];
  /** null until ops have named an app. */
  readonly embed: EmbedContent | null;
  /** Whether people of it who have no Qlik user get one when they first sign in. */
  readonly createQlikUsers: boolean;
}
