import type { AccountId } from '../model/ids.ts';
import type { Account } from '../model/account.ts';

/** Names a person of an identity provider for good (OpenID Connect Core section 5.7); an e-mail does not. */
export interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

/** Whose single sign-on opens which account. */
export interface IdentityStore {
  find(identity: IdentityKey): Promise<AccountId | undefined>;
  /**
   * Makes a new account that the identity opens: both or neither.
   * @throws PortalError conflict where another account has the e-mail or the identity, not_found where there is no such tenant
   */
  createAccount(identity: IdentityKey, account: Account): Promise<void>;
  /**
   * Lets the identity open an account that exists. Only ops decide that.
   * @throws PortalError conflict where it opens one already, not_found where the account was removed
   */
  add(identity: IdentityKey, userId: AccountId): Promise<void>;
  /** All that open the account. */
  list(userId: AccountId): Promise<readonly IdentityKey[]>;
  /**
   * The identity opens this account no more.
   * @throws PortalError not_found where it did not
   */
  remove(identity: IdentityKey, userId: AccountId): Promise<void>;
}
