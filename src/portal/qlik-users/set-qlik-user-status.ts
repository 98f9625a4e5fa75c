import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import { findQlikUser, isManagedByPortal } from './find-qlik-user.ts';
import { isUsedByOtherAccount } from './used-by-other-account.ts';

export interface SetStatusDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'update'>;
  readonly accounts: Pick<AccountStore, 'find' | 'list'>;
  readonly qlikMappings: Pick<QlikMappingStore, 'closedUser' | 'setClosedUser'>;
  readonly subjectPrefix: string;
  readonly audit: AuditLog;
}

/**
 * Lets the account's own Qlik user follow when the account is disabled, enabled or removed: a disabled one holds no
 * token. Others are left alone, also one that another active account speaks for, and one that the tenant disabled. Answers the Qlik user that was changed.
 * Codes: those of QlikUsers.
 */
export async function setQlikUserStatus(
  deps: SetStatusDeps,
  {
    account,
    status,
    access,
    actor,
  }: {
    readonly account: Account;
    readonly status: 'active' | 'disabled';
    readonly access: TenantAccess;
    readonly actor: string;
  },
): Promise<QlikUser | undefined> {
  const found = await findQlikUser(deps, account, access);
  if (found === undefined || found.qlikUser.status === status) return undefined;
  const { qlikUser } = found;
  if (!(await isManagedByPortal(deps, account, qlikUser))) return undefined;
  if (status === 'disabled') {
    if (isUsedByOtherAccount(qlikUser, await deps.accounts.list(account.tenantId), account.id))
      return undefined;
  } else if ((await deps.qlikMappings.closedUser(account.id)) !== qlikUser.id) return undefined;
  const context = { audit: deps.audit, actor, tenantId: account.tenantId, userId: account.id };
  const action = status === 'active' ? 'qlik-user.enable' : 'qlik-user.disable';
  await audited(context, action, () => deps.qlikUsers.update(access, qlikUser.id, { status }), {
    qlikUserId: qlikUser.id,
  });
  // Afterwards: what is not known to be closed by the portal stays closed.
  await deps.qlikMappings.setClosedUser(account.id, status === 'disabled' ? qlikUser.id : null);
  return qlikUser;
}
