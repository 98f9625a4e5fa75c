import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Account } from '../../domain/model/account.ts';
import { audited, type AuditDetail } from '../audit.ts';
import { requireAccount } from './find-account.ts';

export interface AccountDeps {
  readonly accounts: AccountStore;
  readonly audit: AuditLog;
}

export interface AccountRequest {
  /** E-mail or id. */
  readonly account: string;
  readonly actor: string;
}

/**
 * Finds the account that ops name, and does the work under one audit action.
 * @throws PortalError not_found
 */
export async function changeAccount<Result>(
  { accounts, audit }: AccountDeps,
  { account, actor }: AccountRequest,
  action: string,
  work: (found: Account) => Promise<Result>,
  detailOf: (found: Account) => AuditDetail = () => ({}),
): Promise<Result> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  return audited({ audit, actor, tenantId, userId }, action, () => work(found), detailOf(found));
}
