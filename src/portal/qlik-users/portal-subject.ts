import { isAccountId, type AccountId } from '../../domain/model/ids.ts';

/**
 * The subject of the Qlik user that the portal makes for an account. The prefix keeps it apart from the subjects of the
 * tenant's identity provider; the rest is drawn by the portal, so nobody chooses whose subject theirs is.
 */
export function portalSubject(prefix: string, userId: AccountId): string {
  return prefix + userId;
}

/** The account that a subject was made for; undefined where the portal did not make it. */
export function accountIdOfSubject(prefix: string, subject: string): AccountId | undefined {
  if (!subject.startsWith(prefix)) return undefined;
  const rest = subject.slice(prefix.length);
  return isAccountId(rest) ? rest : undefined;
}
