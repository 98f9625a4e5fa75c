import type { AccountId, TenantId } from '../model/ids.ts';
import type { Account } from '../model/account.ts';

/** Portal accounts. An e-mail belongs to one account in the whole portal. */
export interface AccountStore {
  find(id: AccountId): Promise<Account | undefined>;
  findByEmail(email: string): Promise<Account | undefined>;
  list(tenantId?: TenantId): Promise<readonly Account[]>;
  /** Inserts or replaces; `conflict` when another account has the e-mail. */
  save(account: Account): Promise<void>;
  remove(id: AccountId): Promise<void>;
  setStatus(id: AccountId, status: Account['status']): Promise<void>;
  /** Changes only the given fields, so that an identity provider and ops never undo concurrent changes of each other. */
  setProfile(id: AccountId, profile: Partial<Pick<Account, 'name' | 'groups'>>): Promise<void>;
  /** The PHC string of the password, undefined where none was set. */
  passwordHash(id: AccountId): Promise<string | undefined>;
  /**
   * `replacing`: only where this hash is still the stored one, else nothing happens. Says whether it was set.
   * @throws PortalError not_found (account; only without `replacing`)
   */
  setPasswordHash(id: AccountId, hash: string, options?: { readonly replacing?: string }): Promise<boolean>;
  /** Ends sign-in by password for the account. */
  removePasswordHash(id: AccountId): Promise<void>;
}
