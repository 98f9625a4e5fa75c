import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { groupChange } from './group-change.ts';

interface SyncDeps {
  readonly qlikUsers: Pick<QlikUsers, 'update'>;
  readonly qlikMappings: Pick<QlikMappingStore, 'givenGroups' | 'setGivenGroups'>;
}

/** What is changed of a Qlik user to be as the account is. */
export interface QlikUserChange {
  readonly name?: string;
  readonly groups?: NonNullable<ReturnType<typeof groupChange>['groups']>;
}

interface QlikUserDiff {
  readonly change: QlikUserChange;
  readonly given: readonly string[];
}

/** How an own Qlik user differs from its account. */
export async function diffQlikUser(
  { qlikMappings }: Pick<SyncDeps, 'qlikMappings'>,
  account: Account,
  qlikUser: QlikUser,
): Promise<QlikUserDiff & { readonly before: readonly string[] }> {
  const before = await qlikMappings.givenGroups(account.id);
  const { groups, given } = groupChange({ current: qlikUser.groups, given: before, wanted: account.groups });
  return {
    change: {
      ...(qlikUser.name !== account.name && { name: account.name }),
      ...(groups !== undefined && { groups }),
    },
    given,
    before,
  };
}

/**
 * Brings name and groups of an own Qlik user into step with the account; answers what it changed.
 * Codes: those of QlikUsers.
 */
export async function syncQlikUser(
  deps: SyncDeps,
  { account, qlikUser, access }: { account: Account; qlikUser: QlikUser; access: TenantAccess },
): Promise<QlikUserChange> {
  const { change, given, before } = await diffQlikUser(deps, account, qlikUser);
  const { qlikMappings, qlikUsers } = deps;
  // Noted before it is done: a group that was given and not noted could never be taken away again.
  const either = [...new Set([...before, ...given])];
  if (!sameNames(either, before)) await qlikMappings.setGivenGroups(account.id, either);
  if (Object.keys(change).length > 0) await qlikUsers.update(access, qlikUser.id, change);
  if (!sameNames(given, either)) await qlikMappings.setGivenGroups(account.id, given);
  return change;
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
