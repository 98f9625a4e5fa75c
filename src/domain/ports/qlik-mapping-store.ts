import type { PortalUserId, QlikUserId } from '../model/ids.ts';
import type { QlikUserRef } from '../model/account.ts';

/** Which Qlik user an account speaks for, and what the portal has given that user. */
export interface QlikLinkStore {
  /** Only where the account still has the link `from`; says whether it had. */
  replace(
    userId: PortalUserId,
    change: { readonly from: QlikUserRef | null; readonly to: QlikUserRef | null },
  ): Promise<boolean>;
  /** Names of the groups that the portal gave the Qlik user; others are not the portal's to take. */
  givenGroups(userId: PortalUserId): Promise<readonly string[]>;
  setGivenGroups(userId: PortalUserId, groups: readonly string[]): Promise<void>;
  /** The Qlik user that the portal disabled with the account; others are not the portal's to enable. */
  closedUser(userId: PortalUserId): Promise<string | undefined>;
  setClosedUser(userId: PortalUserId, qlikUserId: QlikUserId | null): Promise<void>;
}
