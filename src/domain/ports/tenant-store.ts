import type { TenantId } from '../model/ids.ts';
import type { ClientRole, OAuthClientCredentials, Tenant, TenantSettings } from '../model/tenant.ts';

/** What can change about a tenant that keeps its address and its credentials. */
export type TenantChanges = Partial<TenantSettings>;

/** Customers and the encrypted credentials of their tenants. */
export interface TenantStore {
  find(id: TenantId): Promise<Tenant | undefined>;
  list(): Promise<readonly Tenant[]>;
  /** Inserts or replaces. */
  save(tenant: Tenant): Promise<void>;
  /**
   * Changes only these fields, so that it never undoes concurrent changes.
   * @throws PortalError not_found
   */
  update(id: TenantId, changes: TenantChanges): Promise<void>;
  /**
   * Replaces stored credentials where `from` are still the stored ones: of two concurrent runs one wins and
   * the other gets `conflict`.
   * @throws PortalError not_found, conflict
   */
  replaceCredentials(
    id: TenantId,
    role: ClientRole,
    credentials: { readonly from: OAuthClientCredentials | null; readonly to: OAuthClientCredentials | null },
  ): Promise<void>;
  remove(id: TenantId): Promise<void>;
}
