import type { QlikUserRef } from '../../../domain/model/account.ts';
import type { TenantId } from '../../../domain/model/ids.ts';
import type { OAuthClientCredentials } from '../../../domain/model/tenant.ts';
import type { AuditLog } from '../../../domain/ports/audit-log.ts';
import type { QlikClients } from '../../../domain/ports/qlik/qlik-clients.ts';
import type { QlikOAuth } from '../../../domain/ports/qlik/qlik-oauth.ts';
import type { QlikUsers } from '../../../domain/ports/qlik/qlik-users.ts';
import type { TenantStore } from '../../../domain/ports/tenant-store.ts';
import type { ManagementContext } from '../client-secrets.ts';
import type { ManagementCredentials } from '../management-token.ts';

export interface RotateDeps {
  readonly tenants: TenantStore;
  readonly oauth: QlikOAuth;
  readonly clients: QlikClients;
  readonly users: QlikUsers;
  readonly audit: AuditLog;
}

export interface RotateRequest {
  readonly tenantId: TenantId;
  readonly management: ManagementCredentials;
  readonly actor: string;
  /** The kind of the new credentials; by default that of the old ones. */
  readonly to?: RotateTo;
  readonly proofUser?: QlikUserRef;
  /** ms between storing the new credentials and removing the old: longer than any token request takes. */
  readonly graceMs: number;
  /** Also removes secrets and keys of the client that the portal does not hold. */
  readonly prune?: boolean;
  readonly progress?: (step: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

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
