import { PortalError } from '../../domain/errors.ts';
import { isPortalUserId } from '../../domain/model/ids.ts';
import type { UserStore } from '../../domain/ports/account-store.ts';
import { normaliseEmail, type PortalUser } from '../../domain/model/account.ts';

/**
 * The account that ops mean by an e-mail, or by its id.
 * @throws PortalError not_found
 */
export async function findAccount(
  users: Pick<UserStore, 'find' | 'findByEmail'>,
  named: string,
): Promise<PortalUser> {
  const email = normaliseEmail(named);
  const id = named.toLowerCase();
  const user = isPortalUserId(id)
    ? await users.find(id)
    : email === undefined
      ? undefined
      : await users.findByEmail(email);
  if (user === undefined) throw new PortalError('not_found', { detail: `there is no account ${named}` });
  return user;
}
