import type { PortalUserId, TenantId } from './ids.ts';

/** What a portal session says about its holder. Everything else is looked up, so that it is never stale. */
export interface Principal {
  readonly userId: PortalUserId;
  readonly tenantId: TenantId;
  /** ms since the epoch; the absolute limit of the session counts from here. */
  readonly signedInAt: number;
}
