import { isQlikUserId, newAccountId, type TenantId } from '../../domain/model/ids.ts';
import { isPersonText, MOST_GROUPS } from '../../domain/rules/person-text.ts';
import { normaliseEmail, type Account, type QlikUserRef } from '../../domain/model/account.ts';

/** Columns of a list of people; the first is the only one that must be there. */
export const IMPORT_COLUMNS = ['email', 'name', 'groups', 'qlik_user_id'] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

/** A row of a list, its values by column. */
export interface ImportRow {
  /** Where it ends in the file, from 1. */
  readonly line: number;
  /** Null where the row has too many or too few values. */
  readonly cells: Readonly<Partial<Record<ImportColumn, string>>> | null;
}

export interface ImportFault {
  readonly line: number;
  readonly problem: string;
}

/** Between the groups of a person. */
const GROUP_SEPARATOR = '|';

/** The account that a row describes, or what is wrong with the row. */
export function readImportRow({ line, cells }: ImportRow, tenantId: TenantId): Account | ImportFault {
  const fault = (problem: string): ImportFault => ({ line, problem });
  if (cells === null) return fault('has another number of values than the first line');
  const email = normaliseEmail(cells.email ?? '');
  if (email === undefined) return fault('email: not an e-mail address');
  const name = cells.name?.trim() || email.slice(0, email.indexOf('@'));
  if (!isPersonText(name)) return fault('name: too long, or holds control characters');
  const groups = (cells.groups ?? '').split(GROUP_SEPARATOR).map((group) => group.trim());
  const named = [...new Set(groups)].filter((group) => group !== '');
  if (named.length > MOST_GROUPS || !named.every(isPersonText)) {
    return fault('groups: too many or too long, or hold control characters');
  }
  const qlikUser = qlikUserOf(cells.qlik_user_id);
  if (qlikUser === undefined) return fault('qlik_user_id: no id of a Qlik user');
  return { id: newAccountId(), email, name, tenantId, qlikUser, groups: named, status: 'active' };
}

export function isImportFault(read: Account | ImportFault): read is ImportFault {
  return 'problem' in read;
}

function qlikUserOf(cell = ''): QlikUserRef | null | undefined {
  const value = cell.trim();
  if (value === '') return null;
  return isQlikUserId(value) ? { field: 'userId', value } : undefined;
}
