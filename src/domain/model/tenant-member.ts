import type { Tenant } from './tenant.ts';
import type { PortalUser } from './account.ts';

/** Whom a token request speaks for: the account and its tenant, as they are now. */
export interface Subject {
  readonly user: PortalUser;
  readonly tenant: Tenant;
}
