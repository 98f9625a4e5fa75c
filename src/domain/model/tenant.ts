import { z } from 'zod';
import { embedContent } from './embed-content.ts';
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

/** What ops decide about a tenant: set by the CLI, tenants.yaml or the environment, and stored as it is here. */
export const tenantSettings = z.object({
  name: z.string().min(1).max(100),
  /** Scopes asked for people's tokens, `user_default` unless ops say otherwise. */
  scopes: z.array(z.string()).readonly(),
  /** null until ops have named an app. */
  embed: embedContent.nullable(),
  status: z.enum(['active', 'disabled']),
  /** Whether an account without a Qlik user gets one at its first sign-in (just in time). */
  createQlikUsers: z.boolean(),
});
export type TenantSettings = Readonly<z.infer<typeof tenantSettings>>;

/** A customer of the OEM, and their Qlik Cloud tenant. */
export interface Tenant extends TenantSettings {
  readonly id: TenantId;
  /** The origin of the tenant and nothing more: `https://acme.eu.qlikcloud.com`. */
  readonly host: string;
  /** Issues tokens for people (grant `urn:qlik:oauth:user-impersonation`); null until provisioned. */
  readonly impersonation: OAuthClientCredentials | null;
  /** Looks up and creates users and clients (grant `client_credentials`, admin scope); null where not given. */
  readonly management: OAuthClientCredentials | null;
}
