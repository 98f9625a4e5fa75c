import type { JWK } from 'jose';
import { newClientId, newClientSecret, sha256 } from './ids.ts';

export const MAX_SECRETS = 5;

export const IMPERSONATION_GRANT = 'urn:qlik:oauth:user-impersonation';
export type ClientGrant = 'client_credentials' | typeof IMPERSONATION_GRANT;
type AuthMethod = 'client_secret' | 'private_key_jwt';
type AppType = 'web' | 'native' | 'spa' | 'anonymous-embed';
export type ConsentMethod = 'required' | 'trusted';

/** A registered public key; RSA has `n, e`, EC has `crv, x, y`. */
export type RegisteredKey = JWK & {
  kid: string;
  kty: 'RSA' | 'EC';
  alg: 'RS256' | 'RS512' | 'ES384';
  use: 'sig';
};

/** What is kept of a secret: never the secret itself. */
interface KeptSecret {
  readonly hint: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly digest: string;
}

/** What callers may set on a client. */
export interface ClientSettings {
  appType: AppType;
  clientName: string;
  description: string;
  clientUri: string;
  logoUri: string;
  redirectUris: string[];
  allowedOrigins: string[];
  allowedScopes: string[];
  allowedGrantTypes: ClientGrant[];
  allowedAuthMethods: AuthMethod[];
  publicKeys: RegisteredKey[];
}

export interface SandboxClient extends ClientSettings {
  readonly clientId: string;
  readonly tenantId: string;
  readonly ownerId: string;
  readonly createdAt: string;
  updatedAt: string;
  publishedAt?: string;
  consentMethod: ConsentMethod;
  secrets: KeptSecret[];
}

/** The OAuth clients of one tenant. */
export class Clients {
  readonly #byId = new Map<string, SandboxClient>();
  readonly #tenantId: string;
  readonly #now: () => number;

  constructor({ tenantId, now }: { tenantId: string; now: () => number }) {
    this.#tenantId = tenantId;
    this.#now = now;
  }

  /** Adds a client without a secret; {@link addSecret} makes one. */
  add(settings: ClientSettings & { ownerId: string; consentMethod?: ConsentMethod }): SandboxClient {
    const at = new Date(this.#now()).toISOString();
    const client: SandboxClient = {
      clientId: newClientId(),
      tenantId: this.#tenantId,
      createdAt: at,
      updatedAt: at,
      consentMethod: 'required',
      secrets: [],
      ...settings,
    };
    this.#byId.set(client.clientId, client);
    return client;
  }

  /** A fresh secret, told once; `undefined` when the client has {@link MAX_SECRETS}. */
  addSecret(
    client: SandboxClient,
    createdBy: string,
  ): { secret: string; hint: string; createdAt: string; createdBy: string } | undefined {
    if (client.secrets.length >= MAX_SECRETS) return undefined;
    let secret = newClientSecret();
    // The hint names the secret in the API, so two secrets of a client must not share one.
    while (client.secrets.some(({ hint }) => hint === hintOf(secret))) secret = newClientSecret();
    const kept = { hint: hintOf(secret), createdAt: new Date(this.#now()).toISOString(), createdBy };
    client.secrets.push({ ...kept, digest: sha256(secret) });
    this.touch(client);
    return { ...kept, secret };
  }

  removeSecret(client: SandboxClient, hint: string): boolean {
    const rest = client.secrets.filter((secret) => secret.hint !== hint);
    if (rest.length === client.secrets.length) return false;
    client.secrets = rest;
    this.touch(client);
    return true;
  }

  byId(clientId: string): SandboxClient | undefined {
    return this.#byId.get(clientId);
  }

  touch(client: SandboxClient): void {
    client.updatedAt = new Date(this.#now()).toISOString();
  }

  remove(clientId: string): boolean {
    return this.#byId.delete(clientId);
  }

  all(): SandboxClient[] {
    return [...this.#byId.values()];
  }
}

function hintOf(secret: string): string {
  return secret.slice(-5);
}

/** Any live secret of the client opens it. */
export function secretMatches(client: SandboxClient, secret: string): boolean {
  const digest = sha256(secret);
  return client.secrets.some((kept) => kept.digest === digest);
}
