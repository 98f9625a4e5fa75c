import { z } from 'zod';
import { PortalError } from '../../../domain/errors.ts';
import { isAccountId, type AccountId } from '../../../domain/model/ids.ts';
import type { Account, QlikUserRef } from '../../../domain/model/account.ts';
import { parseJsonColumn } from '../json-column.ts';
import type { AccountRow } from '../schema.ts';
import { tenantIdFrom } from '../tenants/tenant-rows.ts';

export type AccountColumns = Omit<
  AccountRow,
  'password_hash' | 'given_groups' | 'closed_qlik_user' | 'created_at' | 'updated_at'
>;

/** All columns of an account that its readers need: never the password hash. */
export const ACCOUNT_COLUMNS = [
  'id',
  'email',
  'name',
  'tenant_id',
  'qlik_field',
  'qlik_value',
  'groups',
  'status',
] as const satisfies readonly (keyof AccountColumns)[];

const groups = z.array(z.string());

export function accountToRow(account: Account): AccountColumns {
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

export function accountFromRow(row: AccountColumns): Account {
  return {
    id: accountIdFrom(row.id),
    email: row.email,
    name: row.name,
    tenantId: tenantIdFrom(row.tenant_id),
    qlikUser: qlikUserFrom(row),
    groups: parseJsonColumn(groups, row.groups, 'users.groups'),
    status: row.status === 'active' ? 'active' : 'disabled',
  };
}

export function accountIdFrom(text: string): AccountId {
  if (isAccountId(text)) return text;
  throw new PortalError('internal_error', { detail: 'the database holds something that is no account id' });
}

function qlikUserFrom({ qlik_field: field, qlik_value: value }: AccountColumns): QlikUserRef | null {
  if (value === null) return null;
  // An empty lookup would have Qlik answer with the client's own token.
  if (value !== '' && (field === 'userId' || field === 'subject')) return { field, value };
  throw new PortalError('internal_error', { detail: 'the database holds a mapping to no Qlik user' });
}
