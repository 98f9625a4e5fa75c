import type { TenantAccess } from '../../model/tenant-access.ts';

/** What the holder of a token can see of an app; errors as for QlikClients. */
export interface QlikApps {
  /** @throws PortalError qlik_not_found, also where the app exists and the holder may not see it */
  find(access: TenantAccess, appId: string): Promise<{ readonly name: string }>;
  /**
   * The sheets and charts that the engine does not show to the holder. Opens the app as the embed page does.
   * @throws PortalError qlik_unavailable, qlik_timeout, qlik_forbidden (the engine refuses the app)
   */
  unreadable(access: TenantAccess, appId: string, objectIds: readonly string[]): Promise<readonly string[]>;
}
