import type { AccountId, TenantId } from './ids.ts';

/** The Qlik user that a portal account is impersonated as: `user_lookup` of the impersonation grant. */
export interface QlikUserRef {
  readonly field: 'userId' | 'subject';
  readonly value: string;
}

export interface Account {
  readonly id: AccountId;
  /** As normalised by {@link normaliseEmail}. */
  readonly email: string;
  readonly name: string;
  readonly tenantId: TenantId;
  readonly qlikUser: QlikUserRef | null;
  readonly groups: readonly string[];
  readonly status: 'active' | 'disabled';
}

/** The e-mail as an address that mail can reach; undefined for what stands in for one (RFC 2606). */
export function mailboxOf({ email }: Pick<Account, 'email'>): string | undefined {
  return email.endsWith('.invalid') ? undefined : email;
}

// Deliberately loose (RFC 5321 allows almost anything before the @): it refuses what cannot be one address,
// control characters and white space, and leaves the rest to the person who creates the account.
const EMAIL = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,190}$/u;

/** One spelling for one mailbox: NFKC, lower case. Returns undefined for what is no e-mail address. */
export function normaliseEmail(text: string): string | undefined {
  const email = text.normalize('NFKC').trim().toLowerCase();
  return EMAIL.test(email) ? email : undefined;
}
