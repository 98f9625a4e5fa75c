import type { AccountId } from '../../domain/model/ids.ts';
import type { QlikUser } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';

/**
 * Whether an active account, other than the one that goes, speaks for the Qlik user: then the portal does not disable it,
 * or it would shut that one out as well.
 */
export function isUsedByOtherAccount(
  { id, subject }: Pick<QlikUser, 'id' | 'subject'>,
  accounts: readonly Account[],
  except?: AccountId,
): boolean {
  return accounts.some(
    (each) =>
      each.id !== except &&
      each.status === 'active' &&
      (each.qlikUser?.value === id || each.qlikUser?.value === subject),
  );
}
