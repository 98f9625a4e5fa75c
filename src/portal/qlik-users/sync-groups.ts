import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { record } from '../audit.ts';
import { findQlikUser, isManagedByPortal, type FindDeps } from './find-qlik-user.ts';
import { syncQlikUser } from './sync-qlik-user.ts';

interface SyncGroupsDeps extends FindDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'update'>;
  readonly qlikMappings: Pick<QlikMappingStore, 'givenGroups' | 'setGivenGroups'>;
  readonly audit: AuditLog;
}

/**
 * Lets the account's own Qlik user follow when the account is put into other groups: who was taken out of one sees
 * less from now on, not from the next sign-in. Answers the Qlik user that was changed. Codes: those of QlikUsers.
 */
export async function syncGroups(
  deps: SyncGroupsDeps,
  { account, access, actor }: { account: Account; access: TenantAccess; actor: string },
): Promise<QlikUser | undefined> {
  const found = await findQlikUser(deps, account, access);
  if (found === undefined || !(await isManagedByPortal(deps, account, found.qlikUser))) return undefined;
  const { qlikUser } = found;
  const changed = Object.keys(await syncQlikUser(deps, { account, qlikUser, access })).join(', ');
  if (changed === '') return undefined;
  const context = { audit: deps.audit, actor, tenantId: account.tenantId, userId: account.id };
  await record(context, 'qlik-user.update', { qlikUserId: qlikUser.id, changed });
  return qlikUser;
}
