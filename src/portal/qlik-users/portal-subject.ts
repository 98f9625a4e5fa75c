import { isAccountId, type AccountId } from '../../domain/model/ids.ts';

/**
 * The subject of the Qlik user that the portal creates for an account. The prefix keeps it apart from the subjects of
 * the tenant's identity provider; the id after it is random, so no account can choose a subject.
 */
export function portalSubject(prefix: string, accountId: AccountId): string {
  return prefix + accountId;
}

/** The account that a subject was created for; undefined for subjects that are not the portal's. */
export function accountIdOfSubject(prefix: string, subject: string): AccountId | undefined {
  if (!subject.startsWith(prefix)) return undefined;
  const rest = subject.slice(prefix.length);
  return isAccountId(rest) ? rest : undefined;
}
