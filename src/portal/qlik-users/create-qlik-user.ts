import { hasCode } from '../../domain/errors.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import { mailboxOf, type Account } from '../../domain/model/account.ts';
import { findBySubject } from './find-qlik-user.ts';
import { portalSubject } from './portal-subject.ts';

interface CreateDeps {
  readonly qlikUsers: Pick<QlikUsers, 'find' | 'create'>;
  readonly subjectPrefix: string;
}

/**
 * Makes the Qlik user of an account; where somebody else was faster, takes theirs. Codes: those of QlikUsers.
 */
export async function createQlikUser(
  { qlikUsers, subjectPrefix }: CreateDeps,
  account: Account,
  access: TenantAccess,
): Promise<{ readonly qlikUser: QlikUser; readonly created: boolean }> {
  const subject = portalSubject(subjectPrefix, account.id);
  const mailbox = mailboxOf(account);
  const email = mailbox === undefined ? {} : { email: mailbox };
  try {
    return { qlikUser: await create({ subject, name: account.name, ...email }), created: true };
  } catch (error) {
    if (!hasCode(error, 'qlik_conflict')) throw error;
    const qlikUser = await findBySubject({ qlikUsers }, subject, access);
    if (qlikUser === undefined) throw error;
    return { qlikUser, created: false };
  }

  async function create(wanted: Parameters<QlikUsers['create']>[1]): Promise<QlikUser> {
    try {
      return await qlikUsers.create(access, wanted);
    } catch (error) {
      // Portals and tenants need not agree on what an e-mail address is; nobody has to do without access for that.
      if (!hasCode(error, 'qlik_bad_request') || wanted.email === undefined) throw error;
      return await qlikUsers.create(access, { subject, name: account.name });
    }
  }
}
