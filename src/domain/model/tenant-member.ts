import type { Tenant } from './tenant.ts';
import type { Account } from './account.ts';

/** Whom a token request speaks for: the account and its tenant, as they are now. */
export interface TenantMember {
  readonly account: Account;
  readonly tenant: Tenant;
}
