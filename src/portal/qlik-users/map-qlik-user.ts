import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { record, type AuditContext } from '../audit.ts';
import { createQlikUser } from './create-qlik-user.ts';
import { findQlikUser, isManagedByPortal, type FindDeps, type FoundQlikUser } from './find-qlik-user.ts';
import { syncQlikUser } from './sync-qlik-user.ts';

export interface MapDeps extends FindDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'create' | 'update'>;
  readonly qlikMappings: QlikMappingStore;
  readonly audit: AuditLog;
  readonly log: Log;
}

export interface MapRequest {
  readonly member: TenantMember;
  readonly access: TenantAccess;
  /** For the audit log. */
  readonly source: RequestSource | undefined;
}

/**
 * Finds the Qlik user of an account, or creates it where the tenant allows that, copies the account's name and groups
 * to it, and stores the mapping. Replicas may do so for the same account concurrently.
 * @throws PortalError qlik_user_not_linked, and those of QlikUsers
 */
export async function mapQlikUser(deps: MapDeps, request: MapRequest): Promise<QlikUserRef> {
  const { member, access } = request;
  const { account } = member;
  const found = (await findQlikUser(deps, account, access)) ?? (await createWhereAllowed(deps, request));
  if (found === undefined) {
    // Ops named a subject that the tenant's identity provider may still create.
    if (account.qlikUser?.field === 'subject') return account.qlikUser;
    throw new PortalError('qlik_user_not_linked', { cause: new Error('no Qlik user of the portal fits') });
  }
  if (await isManagedByPortal(deps, account, found.qlikUser)) await sync(deps, request, found);
  return found.how === 'stored' && account.qlikUser !== null
    ? account.qlikUser
    : storeMapping(deps, request, found);
}

async function createWhereAllowed(deps: MapDeps, request: MapRequest): Promise<FoundQlikUser | undefined> {
  const { account, tenant } = request.member;
  if (!tenant.createQlikUsers || account.qlikUser?.field === 'subject') return undefined;
  const { qlikUser, created } = await createQlikUser(deps, account, request.access);
  if (created) await record(contextOf(deps, request), 'qlik-user.create', { qlikUserId: qlikUser.id });
  return { qlikUser, how: created ? 'created' : 'subject' };
}

/** A tenant that refuses name or groups does not refuse access: the person sees what the present groups allow. */
async function sync(deps: MapDeps, request: MapRequest, found: FoundQlikUser): Promise<void> {
  const { access, member } = request;
  const { account, tenant } = member;
  const { qlikUser, how } = found;
  const context = contextOf(deps, request);
  try {
    if (how === 'email') await takeOverGroups(deps, request, found);
    await syncQlikUser(deps, { account, qlikUser, access, context });
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    const { code, qlikTraceId } = error;
    const fields = { tenantId: tenant.id, userId: account.id, code, qlikTraceId, err: error };
    deps.log.warn(fields, 'updating the Qlik user failed');
    await record(context, 'qlik-user.update', { qlikUserId: qlikUser.id, code }, 'failed');
  }
}

/** The portal assigned the `idp` groups of an orphaned Qlik user for its former account: those not wanted are removed. */
async function takeOverGroups(
  { qlikMappings }: MapDeps,
  { member: { account } }: MapRequest,
  { qlikUser: { groups } }: FoundQlikUser,
): Promise<void> {
  const given = await qlikMappings.givenGroups(account.id);
  const former = groups.filter(({ providerType }) => providerType === 'idp').map(({ name }) => name);
  await qlikMappings.setGivenGroups(account.id, [...new Set([...given, ...former])]);
}

async function storeMapping(
  deps: MapDeps,
  request: MapRequest,
  { qlikUser: { id: qlikUserId }, how }: FoundQlikUser,
): Promise<QlikUserRef> {
  const { account } = request.member;
  const to: QlikUserRef = { field: 'userId', value: qlikUserId };
  if (await deps.qlikMappings.replace(account.id, { from: account.qlikUser, to })) {
    await record(contextOf(deps, request), 'qlik-user.link', { qlikUserId, how });
    return to;
  }
  // Ops or another replica stored a mapping first: theirs counts.
  const current = (await deps.accounts.find(account.id))?.qlikUser;
  if (current) return current;
  throw new PortalError('qlik_user_not_linked', { cause: new Error('the account was removed') });
}

function contextOf({ audit }: MapDeps, { member: { account }, source }: MapRequest): AuditContext {
  return { audit, actor: 'portal', tenantId: account.tenantId, userId: account.id, source };
}
