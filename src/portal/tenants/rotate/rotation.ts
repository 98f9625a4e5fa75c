import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import type { ManagementContext } from '../client-secrets.ts';

export type KeyAlgorithm = Extract<
  OAuthClientCredentials['authentication'],
  { method: 'private_key_jwt' }
>['algorithm'];

export type RotateTo =
  | { readonly method: 'client_secret' }
  | { readonly method: 'private_key_jwt'; readonly algorithm: KeyAlgorithm };

/** The credentials to replace, and whether secrets and keys that the portal does not use are removed too. */
export interface OldCredentials {
  readonly old: OAuthClientCredentials;
  readonly prune: boolean;
}

export interface RotationContext extends ManagementContext, OldCredentials {}

/** New credentials that the tenant accepts beside the old. */
export interface Replacement {
  readonly credentials: OAuthClientCredentials;
  /** Removes the new ones again. */
  withdraw(): Promise<void>;
  /** Removes the old ones. */
  retire(): Promise<void>;
}
