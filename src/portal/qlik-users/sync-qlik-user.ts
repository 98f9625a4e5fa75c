import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { record, type AuditContext } from '../audit.ts';
import { groupChange } from './group-change.ts';

interface SyncDeps {
  readonly qlikUsers: Pick<QlikUsers, 'update'>;
  readonly qlikMappings: Pick<QlikMappingStore, 'givenGroups' | 'setGivenGroups'>;
}

interface SyncRequest {
  readonly account: Account;
  readonly qlikUser: QlikUser;
  readonly access: TenantAccess;
  readonly context: AuditContext;
}

interface QlikUserDiff {
  /** What to change of the Qlik user so that it equals its account. */
  readonly change: Pick<Parameters<QlikUsers['update']>[2], 'name' | 'groups'>;
  /** Groups that the portal has assigned, before and after the change. */
  readonly before: readonly string[];
  readonly given: readonly string[];
}

/** How a Qlik user that the portal manages differs from its account. */
export async function diffQlikUser(
  { qlikMappings }: Pick<SyncDeps, 'qlikMappings'>,
  account: Account,
  qlikUser: QlikUser,
): Promise<QlikUserDiff> {
  const before = await qlikMappings.givenGroups(account.id);
  const { groups, given } = groupChange({ current: qlikUser.groups, given: before, wanted: account.groups });
  return {
    change: {
      ...(qlikUser.name !== account.name && { name: account.name }),
      ...(groups !== undefined && { groups }),
    },
    before,
    given,
  };
}

/**
 * Copies name and groups of the account to its Qlik user, and records what it changed. Returns whether it changed any.
 * @throws PortalError those of QlikUsers
 */
export async function syncQlikUser(
  deps: SyncDeps,
  { account, qlikUser, access, context }: SyncRequest,
): Promise<boolean> {
  const { change, before, given } = await diffQlikUser(deps, account, qlikUser);
  const { qlikMappings, qlikUsers } = deps;
  const changed = Object.keys(change);
  // Stored before the call: a group that was assigned but not stored could never be removed again.
  const either = [...new Set([...before, ...given])];
  if (!sameNames(either, before)) await qlikMappings.setGivenGroups(account.id, either);
  if (changed.length > 0) await qlikUsers.update(access, qlikUser.id, change);
  if (!sameNames(given, either)) await qlikMappings.setGivenGroups(account.id, given);
  if (changed.length === 0) return false;
  await record(context, 'qlik-user.update', { qlikUserId: qlikUser.id, changed: changed.join(', ') });
  return true;
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
