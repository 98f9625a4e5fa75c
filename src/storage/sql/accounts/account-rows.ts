import { z } from 'zod';
import { PortalError } from '../../../domain/errors.ts';
import { isAccountId, type AccountId } from '../../../domain/model/ids.ts';
import type { Account, QlikUserRef } from '../../../domain/model/account.ts';
import { parseJsonColumn } from '../json-column.ts';
import type { UserRow } from '../schema.ts';
import { tenantIdFrom } from '../tenants/tenant-rows.ts';

export type UserColumns = Omit<
  UserRow,
  'password_hash' | 'given_groups' | 'closed_qlik_user' | 'created_at' | 'updated_at'
>;

/** All columns of an account that its readers need: never the password hash. */
export const USER_COLUMNS = [
  'id',
  'email',
  'name',
  'tenant_id',
  'qlik_field',
  'qlik_value',
  'groups',
  'status',
] as const satisfies readonly (keyof UserColumns)[];

const groups = z.array(z.string());

export function userToRow(account: Account): UserColumns {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    tenant_id: account.tenantId,
    qlik_field: account.qlikUser?.field ?? null,
    qlik_value: account.qlikUser?.value ?? null,
    groups: JSON.stringify(account.groups),
    status: account.status,
  };
}

export function userFromRow(row: UserColumns): Account {
  return {
    id: userIdFrom(row.id),
    email: row.email,
    name: row.name,
    tenantId: tenantIdFrom(row.tenant_id),
    qlikUser: qlikUserFrom(row),
    groups: parseJsonColumn(groups, row.groups, 'users.groups'),
    status: row.status === 'active' ? 'active' : 'disabled',
  };
}

export function userIdFrom(text: string): AccountId {
  if (isAccountId(text)) return text;
  throw new PortalError('internal_error', { detail: 'the database holds something that is no user id' });
}

function qlikUserFrom({ qlik_field: field, qlik_value: value }: UserColumns): QlikUserRef | null {
  if (value === null) return null;
  // An empty lookup would make Qlik answer with the client's own token.
  if (value !== '' && (field === 'userId' || field === 'subject')) return { field, value };
  throw new PortalError('internal_error', { detail: 'the database holds a link to no Qlik user' });
}
