import { hasCode } from '../../domain/errors.ts';
import { normaliseEmail } from '../../domain/model/account.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { AuditFilter, AuditTrail } from '../../domain/ports/audit-log.ts';
import { requireAccount } from './find-account.ts';

interface FindDeps {
  readonly accounts: Pick<AccountStore, 'find' | 'findByEmail'>;
  readonly audit: AuditTrail;
}

/**
 * The id of an account that may be removed: of the account that has the e-mail, or else of the last one that had it
 * when it was removed. An id is returned unchanged.
 *
 * @throws PortalError not_found
 */
export async function findAccountId({ accounts, audit }: FindDeps, named: string): Promise<string> {
  if (!named.includes('@')) return named;
  try {
    return (await requireAccount(accounts, named)).id;
  } catch (error) {
    if (!hasCode(error, 'not_found')) throw error;
    const removed = await removedAccountId(audit, normaliseEmail(named));
    if (removed === undefined) throw error;
    return removed;
  }
}

async function removedAccountId(audit: AuditTrail, email: string | undefined): Promise<string | undefined> {
  let before: AuditFilter['before'];
  do {
    const page = await audit.read({ action: 'user.remove', limit: 1000, ...(before && { before }) });
    const found = page.find(({ detail }) => email !== undefined && detail?.['email'] === email);
    if (found !== undefined) return found.userId;
    before = page.at(-1);
  } while (before !== undefined);
  return undefined;
}
