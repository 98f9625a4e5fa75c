import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account, QlikUserRef } from '../../domain/model/account.ts';
import { createQlikUser } from './create-qlik-user.ts';
import { findQlikUser, isManagedByPortal, type FoundQlikUser } from './find-qlik-user.ts';
import { syncQlikUser } from './sync-qlik-user.ts';

export interface MapDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'create' | 'update'>;
  readonly qlikMappings: QlikMappingStore;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly subjectPrefix: string;
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
 * Finds the Qlik user of an account, or makes it where the tenant lets the portal, keeps it in step with the account,
 * and stores the link. Safe to run in many places at once.
 * @throws PortalError qlik_user_not_linked, and those of QlikUsers
 */
export async function mapQlikUser(deps: MapDeps, request: MapRequest): Promise<QlikUserRef> {
  const { member: subject, access } = request;
  const { account } = subject;
  const found = (await findQlikUser(deps, account, access)) ?? (await createWhereAllowed(deps, request));
  if (found === undefined) {
    // Ops named a subject that the tenant's identity provider may still bring.
    if (account.qlikUser?.field === 'subject') return account.qlikUser;
    throw new PortalError('qlik_user_not_linked', { cause: new Error('no Qlik user of the portal fits') });
  }
  if (await isManagedByPortal(deps, account, found.qlikUser)) await step(deps, request, found);
  return found.how === 'stored' && account.qlikUser !== null
    ? account.qlikUser
    : remember(deps, request, found);
}

async function createWhereAllowed(deps: MapDeps, request: MapRequest): Promise<FoundQlikUser | undefined> {
  const { account, tenant } = request.member;
  if (!tenant.createQlikUsers || account.qlikUser?.field === 'subject') return undefined;
  const { qlikUser, created } = await createQlikUser(deps, account, request.access);
  if (created)
    await record(deps, request, { action: 'qlik-user.create', detail: { qlikUserId: qlikUser.id } });
  return { qlikUser, how: created ? 'created' : 'subject' };
}

/** A tenant that takes no groups from the portal still lets the person in, with what they may see without. */
async function step(deps: MapDeps, request: MapRequest, { qlikUser, how }: FoundQlikUser): Promise<void> {
  const { access } = request;
  const { account, tenant } = request.member;
  const detail = { qlikUserId: qlikUser.id };
  try {
    if (how === 'email') await takeOver(deps, account, qlikUser);
    const changed = Object.keys(await syncQlikUser(deps, { account, qlikUser, access }));
    if (changed.length === 0) return;
    await record(deps, request, {
      action: 'qlik-user.update',
      detail: { ...detail, changed: changed.join(', ') },
    });
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    const { code, qlikTraceId } = error;
    const fields = { tenantId: tenant.id, userId: account.id, code, qlikTraceId, err: error };
    deps.log.warn(fields, 'the Qlik user could not be kept in step');
    await record(deps, request, {
      action: 'qlik-user.update',
      result: 'failed',
      detail: { ...detail, code },
    });
  }
}

/** What a left over Qlik user holds as an `idp` group, the portal gave it for somebody else: it goes unless it is wanted. */
async function takeOver(
  { qlikMappings }: MapDeps,
  { id }: Account,
  { groups }: FoundQlikUser['qlikUser'],
): Promise<void> {
  const theirs = groups.filter(({ providerType }) => providerType === 'idp').map(({ name }) => name);
  await qlikMappings.setGivenGroups(id, [...new Set([...(await qlikMappings.givenGroups(id)), ...theirs])]);
}

async function remember(
  deps: MapDeps,
  request: MapRequest,
  { qlikUser, how }: FoundQlikUser,
): Promise<QlikUserRef> {
  const { account: user } = request.member;
  const to: QlikUserRef = { field: 'userId', value: qlikUser.id };
  if (await deps.qlikMappings.replace(user.id, { from: user.qlikUser, to })) {
    await record(deps, request, { action: 'qlik-user.link', detail: { qlikUserId: qlikUser.id, how } });
    return to;
  }
  // Ops, or the same person in another tab, were faster: what stands there now counts.
  const now = (await deps.accounts.find(user.id))?.qlikUser;
  if (now) return now;
  throw new PortalError('qlik_user_not_linked', { cause: new Error('the account is gone') });
}

async function record(
  { audit }: MapDeps,
  { member: { account: user }, source }: MapRequest,
  event: Pick<Parameters<AuditLog['append']>[0], 'action' | 'detail'> & { readonly result?: 'failed' },
): Promise<void> {
  await audit.append({
    result: 'ok',
    ...event,
    actor: 'portal',
    userId: user.id,
    tenantId: user.tenantId,
    ...source,
  });
}
