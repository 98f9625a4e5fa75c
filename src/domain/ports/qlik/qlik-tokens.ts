import type { QlikUserId } from '../../model/ids.ts';
import type { TenantAccess } from '../../model/tenant-access.ts';
import type { QlikPage } from './qlik-page.ts';

/** `/api/v1/oauth-tokens` of one tenant; errors as for QlikClients. */
export interface QlikTokens {
  /** Ids of the user's tokens. */
  page(
    access: TenantAccess,
    query: { readonly userId: QlikUserId; readonly next?: string },
  ): Promise<QlikPage<string>>;
  /** @throws PortalError qlik_not_found */
  revoke(access: TenantAccess, id: string): Promise<void>;
}
