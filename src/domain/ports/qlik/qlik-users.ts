import type { QlikUserId } from '../../model/ids.ts';
import type { TenantAccess } from '../../model/tenant-access.ts';
import type { QlikPage } from './qlik-page.ts';

type QlikUserStatus = 'active' | 'invited' | 'disabled' | 'deleted' | 'provisioned';

/** A user as the tenant shows it. */
export interface QlikUser {
  readonly id: QlikUserId;
  /** The id of the person at the identity provider. */
  readonly subject: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly status: QlikUserStatus | undefined;
  readonly groups: readonly QlikGroupRef[];
}

export interface QlikGroupRef {
  readonly name: string;
  readonly providerType: 'idp' | 'custom';
}

export interface NewQlikUser {
  readonly subject: string;
  readonly name: string;
  readonly email?: string;
}

interface QlikUserChanges {
  readonly name?: string;
  readonly status?: 'active' | 'disabled';
  /** Replaces all groups of the user; the tenant creates groups that do not exist yet. */
  readonly groups?: readonly QlikGroupRef[];
}

/** `/api/v1/users` of one tenant; errors as for QlikClients. */
export interface QlikUsers {
  /** The user of the token in `access`. */
  me(access: TenantAccess): Promise<QlikUser>;
  /** Users whose field equals the value, which may hold any characters. */
  find(
    access: TenantAccess,
    by: { readonly field: 'id' | 'subject' | 'email'; readonly value: string },
  ): Promise<readonly QlikUser[]>;
  /** Users whose subject contains the text, or all of them. */
  page(
    access: TenantAccess,
    query: { readonly subjectContains?: string; readonly next?: string },
  ): Promise<QlikPage<QlikUser>>;
  /** @throws PortalError qlik_conflict where the subject exists */
  create(access: TenantAccess, user: NewQlikUser): Promise<QlikUser>;
  /** @throws PortalError qlik_not_found, qlik_bad_request */
  update(access: TenantAccess, id: QlikUserId, changes: QlikUserChanges): Promise<void>;
}
