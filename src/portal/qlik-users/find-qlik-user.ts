import { PortalError } from '../../domain/errors.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { normaliseEmail, type Account } from '../../domain/model/account.ts';
import { accountIdOfSubject, portalSubject } from './portal-subject.ts';

export interface FindDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find'>;
  readonly accounts: Pick<AccountStore, 'find'>;
  /** Of the subjects of Qlik users that the portal creates. */
  readonly subjectPrefix: string;
}

export interface FoundQlikUser {
  readonly qlikUser: QlikUser;
  readonly how: 'stored' | 'subject' | 'email' | 'created';
}

/**
 * The Qlik user of an account: the one that the account maps to, else the one that the portal created for it, else an
 * orphaned one with the account's e-mail. Without a mapping by ops only Qlik users that the portal created are
 * considered: see docs/decisions/0007. Tenants compare without regard to case, so their answers are compared again here.
 * @throws PortalError qlik_user_not_linked where two users have the e-mail, and those of QlikUsers
 */
export async function findQlikUser(
  deps: FindDeps,
  account: Account,
  access: TenantAccess,
): Promise<FoundQlikUser | undefined> {
  const stored = account.qlikUser && (await findStored(deps, account.qlikUser, access));
  if (stored) return { qlikUser: stored, how: 'stored' };
  const created = await findBySubject(deps, portalSubject(deps.subjectPrefix, account.id), access);
  if (created) return { qlikUser: created, how: 'subject' };
  const orphaned = await findOrphanedByEmail(deps, account, access);
  return orphaned && { qlikUser: orphaned, how: 'email' };
}

/** As {@link findQlikUser}, but only a Qlik user that {@link isManagedByPortal}. */
export async function findManagedQlikUser(
  deps: FindDeps,
  account: Account,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  const found = await findQlikUser(deps, account, access);
  return found && (await isManagedByPortal(deps, account, found.qlikUser)) ? found.qlikUser : undefined;
}

/** The Qlik user that an account maps to. */
export async function findStored(
  deps: Pick<FindDeps, 'qlikUsers'>,
  { field, value }: NonNullable<Account['qlikUser']>,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  if (field === 'subject') return findBySubject(deps, value, access);
  const found = await deps.qlikUsers.find(access, { field: 'id', value });
  return found.find(({ id, status }) => id === value && status !== 'deleted');
}

export async function findBySubject(
  { qlikUsers }: Pick<FindDeps, 'qlikUsers'>,
  value: string,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  const found = await qlikUsers.find(access, { field: 'subject', value });
  return found.find(({ subject, status }) => subject === value && status !== 'deleted');
}

async function findOrphanedByEmail(
  deps: FindDeps,
  { email }: Account,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  const found = await deps.qlikUsers.find(access, { field: 'email', value: email });
  const active = found.filter(
    (user) => user.status === 'active' && normaliseEmail(user.email ?? '') === email,
  );
  if (active.length > 1) {
    const cause = new Error(`${active.length} Qlik users have the e-mail`);
    throw new PortalError('qlik_user_not_linked', { cause });
  }
  const [only] = active;
  return only !== undefined && (await isOrphaned(deps, only)) ? only : undefined;
}

/** Whether the portal created the Qlik user for an account that has been removed. */
async function isOrphaned({ accounts, subjectPrefix }: FindDeps, { subject }: QlikUser): Promise<boolean> {
  const accountId = accountIdOfSubject(subjectPrefix, subject);
  return accountId !== undefined && (await accounts.find(accountId)) === undefined;
}

/** Whether the portal may change the Qlik user: it created it for this account, or for one that has been removed. */
export async function isManagedByPortal(
  deps: FindDeps,
  account: Account,
  qlikUser: QlikUser,
): Promise<boolean> {
  const isOwn = qlikUser.subject === portalSubject(deps.subjectPrefix, account.id);
  return isOwn || isOrphaned(deps, qlikUser);
}
