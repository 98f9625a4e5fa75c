import { hasCode } from '../../domain/errors.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { NewQlikUser, QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { mailboxOf, type Account } from '../../domain/model/account.ts';
import { findBySubject } from './find-qlik-user.ts';
import { portalSubject } from './portal-subject.ts';

interface CreateDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'create'>;
  readonly subjectPrefix: string;
}

/**
 * Creates the Qlik user of an account, or returns the one that another process has just created.
 * @throws PortalError those of QlikUsers
 */
export async function createQlikUser(
  { qlikUsers, subjectPrefix }: CreateDeps,
  account: Account,
  access: TenantAccess,
): Promise<{ readonly qlikUser: QlikUser; readonly created: boolean }> {
  const subject = portalSubject(subjectPrefix, account.id);
  const user = { subject, name: account.name };
  const email = mailboxOf(account);
  try {
    const qlikUser = await createWithOrWithoutEmail(email === undefined ? user : { ...user, email });
    return { qlikUser, created: true };
  } catch (error) {
    if (!hasCode(error, 'qlik_conflict')) throw error;
    const qlikUser = await findBySubject({ qlikUsers }, subject, access);
    if (qlikUser === undefined) throw error;
    return { qlikUser, created: false };
  }

  async function createWithOrWithoutEmail(wanted: NewQlikUser): Promise<QlikUser> {
    try {
      return await qlikUsers.create(access, wanted);
    } catch (error) {
      // The tenant may refuse an e-mail that the portal accepts; that is no reason to refuse access.
      if (!hasCode(error, 'qlik_bad_request') || wanted.email === undefined) throw error;
      return await qlikUsers.create(access, user);
    }
  }
}
