import type { QlikUserId } from '../../model/ids.ts';
import type { TenantAccess } from '../../model/tenant-access.ts';

/** Tokens of one user, as the tenant names them. */
export interface QlikTokenPage {
  readonly ids: readonly string[];
  readonly next: string | undefined;
}

/** `/api/v1/oauth-tokens` of one tenant; codes as for QlikClients. */
export interface QlikTokens {
  /** `next` of the answer leads on, undefined on the last page. */
  page(
    access: TenantAccess,
    query: { readonly userId: QlikUserId; readonly next?: string },
  ): Promise<QlikTokenPage>;
  /** qlik_not_found */
  revoke(access: TenantAccess, id: string): Promise<void>;
}
