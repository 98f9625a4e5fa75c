import type { AccountId } from '../../domain/model/ids.ts';
import type { QlikUser } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';

/** Whether an active account other than `except` maps to the Qlik user: disabling the user would lock it out too. */
export function isUsedByOtherAccount(
  { id, subject }: Pick<QlikUser, 'id' | 'subject'>,
  accounts: readonly Account[],
  except?: AccountId,
): boolean {
  return accounts.some(
    (account) =>
      account.id !== except &&
      account.status === 'active' &&
      (account.qlikUser?.value === id || account.qlikUser?.value === subject),
  );
}
