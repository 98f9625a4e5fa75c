import type { PortalUserId, TenantId } from '../model/ids.ts';
import type { PortalUser } from '../model/account.ts';

/** Portal accounts. An e-mail belongs to one account in the whole portal. */
export interface UserStore {
  find(id: PortalUserId): Promise<PortalUser | undefined>;
  findByEmail(email: string): Promise<PortalUser | undefined>;
  list(tenantId?: TenantId): Promise<readonly PortalUser[]>;
  /** Inserts or replaces; `conflict` when another account has the e-mail. */
  save(user: PortalUser): Promise<void>;
  remove(id: PortalUserId): Promise<void>;
  setStatus(id: PortalUserId, status: PortalUser['status']): Promise<void>;
  /** What is given and nothing else, so that an identity provider and ops never undo what the other does meanwhile. */
  setProfile(id: PortalUserId, profile: Partial<Pick<PortalUser, 'name' | 'groups'>>): Promise<void>;
  /** The PHC string of the password, undefined where none was set. */
  passwordHash(id: PortalUserId): Promise<string | undefined>;
  /**
   * `replacing`: only where this hash is still the stored one, else nothing happens. Says whether it was set.
   * Codes: not_found where the account is gone and nothing was to be replaced.
   */
  setPasswordHash(
    id: PortalUserId,
    hash: string,
    options?: { readonly replacing?: string },
  ): Promise<boolean>;
  /** Nobody gets in by password from then on. */
  removePasswordHash(id: PortalUserId): Promise<void>;
}
