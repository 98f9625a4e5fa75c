import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { record } from '../audit.ts';
import { findManagedQlikUser, type FindDeps } from './find-qlik-user.ts';
import { syncQlikUser } from './sync-qlik-user.ts';

export interface SyncGroupsDeps extends FindDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'update'>;
  readonly qlikMappings: Pick<QlikMappingStore, 'givenGroups' | 'setGivenGroups'>;
  readonly audit: AuditLog;
}

/**
 * Updates the managed Qlik user when the account's groups change, so that a group that was removed ends access now and
 * not at the next sign-in. Returns the Qlik user that was changed.
 * @throws PortalError qlik_user_not_linked, and those of QlikUsers
 */
export async function syncGroups(
  deps: SyncGroupsDeps,
  { account, access, actor }: { account: Account; access: TenantAccess; actor: string },
): Promise<QlikUser | undefined> {
  const qlikUser = await findManagedQlikUser(deps, account, access);
  if (qlikUser === undefined) return undefined;
  const changed = await syncQlikUser(deps, { account, qlikUser, access });
  if (changed.length === 0) return undefined;
  const context = { audit: deps.audit, actor, tenantId: account.tenantId, userId: account.id };
  await record(context, 'qlik-user.update', { qlikUserId: qlikUser.id, changed: changed.join(', ') });
  return qlikUser;
}
