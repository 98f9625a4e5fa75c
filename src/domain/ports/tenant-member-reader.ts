import type { AccountId } from '../model/ids.ts';
import type { TenantMember } from '../model/tenant-member.ts';

/** The one read that every token request makes, so it is one query. Undefined if the account does not exist. */
export interface TenantMemberReader {
  find(userId: AccountId): Promise<TenantMember | undefined>;
}
