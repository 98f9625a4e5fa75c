import type { AccountId } from '../model/ids.ts';
import type { Account } from '../model/account.ts';

/** Names a person of an identity provider for good (OpenID Connect Core section 5.7); an e-mail does not. */
export interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

/** Which identity signs in to which account. */
export interface IdentityStore {
  find(identity: IdentityKey): Promise<AccountId | undefined>;
  /**
   * Creates an account with the identity: both or neither.
   * @throws PortalError conflict (e-mail or identity in use), not_found (tenant)
   */
  createAccount(identity: IdentityKey, account: Account): Promise<void>;
  /**
   * Adds the identity to an existing account. Only ops decide that.
   * @throws PortalError conflict (identity in use), not_found (account)
   */
  add(identity: IdentityKey, userId: AccountId): Promise<void>;
  /** All identities of the account. */
  list(userId: AccountId): Promise<readonly IdentityKey[]>;
  /**
   * Removes the identity from the account.
   * @throws PortalError not_found (identity of this account)
   */
  remove(identity: IdentityKey, userId: AccountId): Promise<void>;
}
