import { PortalError } from '../../domain/errors.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { normaliseEmail, type Account } from '../../domain/model/account.ts';
import { accountIdOfSubject, portalSubject } from './portal-subject.ts';

export interface FindDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find'>;
  readonly accounts: Pick<AccountStore, 'find'>;
  /** Of the subjects that the portal makes. */
  readonly subjectPrefix: string;
}

export interface FoundQlikUser {
  readonly qlikUser: QlikUser;
  readonly how: 'stored' | 'subject' | 'email' | 'created';
}

/**
 * The Qlik user of an account: the one that is stored, else the one the portal made for it, else one that it made for an
 * account that is gone and that has the same e-mail. Whom ops did not name is found among the portal's own only: see
 * docs/decisions/0007. Tenants compare without regard to case, so what they answer is compared again here.
 * @throws PortalError qlik_user_not_linked where two have the e-mail, and those of QlikUsers
 */
export async function findQlikUser(
  deps: FindDeps,
  account: Account,
  access: TenantAccess,
): Promise<FoundQlikUser | undefined> {
  const stored = account.qlikUser && (await findStored(deps, account.qlikUser, access));
  if (stored) return { qlikUser: stored, how: 'stored' };
  const made = await findBySubject(deps, portalSubject(deps.subjectPrefix, account.id), access);
  if (made) return { qlikUser: made, how: 'subject' };
  const left = await findByEmail(deps, account, access);
  return left && { qlikUser: left, how: 'email' };
}

/** The Qlik user that an account names. */
export async function findStored(
  deps: Pick<FindDeps, 'qlikUsers'>,
  { field, value }: NonNullable<Account['qlikUser']>,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  if (field === 'subject') return findBySubject(deps, value, access);
  const found = await deps.qlikUsers.find(access, { field: 'id', value });
  return found.find((each) => each.id === value && each.status !== 'deleted');
}

export async function findBySubject(
  { qlikUsers }: Pick<FindDeps, 'qlikUsers'>,
  subject: string,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  const found = await qlikUsers.find(access, { field: 'subject', value: subject });
  return found.find((each) => each.subject === subject && each.status !== 'deleted');
}

async function findByEmail(
  deps: FindDeps,
  { email }: Account,
  access: TenantAccess,
): Promise<QlikUser | undefined> {
  const found = await deps.qlikUsers.find(access, { field: 'email', value: email });
  const active = found.filter(
    (each) => each.status === 'active' && normaliseEmail(each.email ?? '') === email,
  );
  if (active.length > 1) {
    const cause = new Error(`${active.length} Qlik users have the e-mail`);
    throw new PortalError('qlik_user_not_linked', { cause });
  }
  const [only] = active;
  return only !== undefined && (await isOrphaned(deps, only)) ? only : undefined;
}

/** Whether the portal made the Qlik user, for an account that is no more: it is nobody else's. */
async function isOrphaned({ accounts, subjectPrefix }: FindDeps, { subject }: QlikUser): Promise<boolean> {
  const owner = accountIdOfSubject(subjectPrefix, subject);
  return owner !== undefined && (await accounts.find(owner)) === undefined;
}

/** Whether the Qlik user is the account's own, so that the portal may change it: made for it, or left over. */
export async function isManagedByPortal(
  deps: FindDeps,
  account: Account,
  qlikUser: QlikUser,
): Promise<boolean> {
  return (
    qlikUser.subject === portalSubject(deps.subjectPrefix, account.id) || (await isOrphaned(deps, qlikUser))
  );
}
