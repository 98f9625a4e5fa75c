import type { AccountId } from './ids.ts';
import type { RequestSource } from './request-source.ts';
import type { OAuthClientCredentials } from './tenant.ts';
import type { Secret } from './secret.ts';
import type { QlikUserRef } from './account.ts';

/** Everything that decides which token a request gets: two requests that differ in it never share one. */
export interface TokenRequest {
  readonly tenantId: string;
  /** Origin of the tenant. */
  readonly host: string;
  readonly client: OAuthClientCredentials;
  readonly user: QlikUserRef;
  readonly scopes: readonly string[];
  /** The account that asked: for the audit log alone, so it is no part of the key. */
  readonly accountId?: AccountId;
  /** The same. */
  readonly source?: RequestSource;
}

/** A Qlik access token for one person, on the portal's clock. */
export interface AccessToken {
  /** Names the token in logs, audit and `rejected` reports without being it: a random UUID. */
  readonly tokenId: string;
  readonly value: Secret;
  readonly scope: string;
  /** ms since the epoch, portal clock: when its exchange was sent. */
  readonly issuedAt: number;
  /** ms since the epoch, portal clock, already corrected for the tenant's clock skew. */
  readonly expiresAt: number;
}
