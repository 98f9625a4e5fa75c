import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import { findManagedQlikUser, type FindDeps } from './find-qlik-user.ts';
import { isUsedByOtherAccount } from './used-by-other-account.ts';

export interface SetStatusDeps extends FindDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'update'>;
  readonly accounts: Pick<AccountStore, 'find' | 'list'>;
  readonly qlikMappings: Pick<QlikMappingStore, 'closedUser' | 'setClosedUser'>;
  readonly audit: AuditLog;
}

interface StatusChange {
  readonly account: Account;
  readonly status: 'active' | 'disabled';
  readonly access: TenantAccess;
  readonly actor: string;
}

/**
 * Disables or enables the managed Qlik user with its account; a disabled Qlik user holds no token. Does not disable a
 * user that another active account maps to, and enables only what the portal disabled. Returns the Qlik user that was
 * changed.
 * @throws PortalError qlik_user_not_linked, and those of QlikUsers
 */
export async function setQlikUserStatus(
  deps: SetStatusDeps,
  { account, status, access, actor }: StatusChange,
): Promise<QlikUser | undefined> {
  const { qlikUsers, qlikMappings, accounts, audit } = deps;
  const { id: accountId, tenantId } = account;
  const qlikUser = await findManagedQlikUser(deps, account, access);
  if (qlikUser === undefined || qlikUser.status === status) return undefined;
  if (status === 'disabled') {
    if (isUsedByOtherAccount(qlikUser, await accounts.list(tenantId), accountId)) return undefined;
  } else if ((await qlikMappings.closedUser(accountId)) !== qlikUser.id) return undefined;
  const action = status === 'active' ? 'qlik-user.enable' : 'qlik-user.disable';
  await audited(
    { audit, actor, tenantId, userId: accountId },
    action,
    () => qlikUsers.update(access, qlikUser.id, { status }),
    { qlikUserId: qlikUser.id },
  );
  // After the call: a user that the portal may not have disabled is never enabled by it.
  await qlikMappings.setClosedUser(accountId, status === 'disabled' ? qlikUser.id : null);
  return qlikUser;
}
