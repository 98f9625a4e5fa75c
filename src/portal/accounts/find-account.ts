import { PortalError } from '../../domain/errors.ts';
import { isAccountId } from '../../domain/model/ids.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import { normaliseEmail, type Account } from '../../domain/model/account.ts';

/**
 * The account that ops mean by an e-mail, or by its id.
 * @throws PortalError not_found
 */
export async function requireAccount(
  accounts: Pick<AccountStore, 'find' | 'findByEmail'>,
  named: string,
): Promise<Account> {
  const email = normaliseEmail(named);
  const id = named.toLowerCase();
  const account = isAccountId(id)
    ? await accounts.find(id)
    : email === undefined
      ? undefined
      : await accounts.findByEmail(email);
  if (account === undefined) throw new PortalError('not_found', { detail: `there is no account ${named}` });
  return account;
}
