import type { AccountId, QlikUserId } from '../model/ids.ts';
import type { QlikUserRef } from '../model/account.ts';

/** Which Qlik user an account speaks for, and what the portal has given that user. */
export interface QlikMappingStore {
  /** Only where the account still has the link `from`; says whether it had. */
  replace(
    userId: AccountId,
    change: { readonly from: QlikUserRef | null; readonly to: QlikUserRef | null },
  ): Promise<boolean>;
  /** Names of the groups that the portal gave the Qlik user; others are not the portal's to take. */
  givenGroups(userId: AccountId): Promise<readonly string[]>;
  setGivenGroups(userId: AccountId, groups: readonly string[]): Promise<void>;
  /** The Qlik user that the portal disabled with the account; others are not the portal's to enable. */
  closedUser(userId: AccountId): Promise<string | undefined>;
  setClosedUser(userId: AccountId, qlikUserId: QlikUserId | null): Promise<void>;
}
