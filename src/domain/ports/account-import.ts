import type { Account } from '../model/account.ts';

/** An account of an import, and the link to its first password where one was made. */
export interface NewAccount {
  readonly account: Account;
  readonly invite?: { readonly codeHash: string; readonly expiresAt: number };
}

/** Many accounts at once. */
export interface AccountImport {
  /** Which of these e-mails belong to accounts already. */
  taken(emails: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Saves all of them, and in the audit log that `actor` added them, or none, in one step when the iteration is over:
   * until then everybody else writes as usual. Whatever the iteration throws ends it; while it runs, nothing else may
   * be asked of the storage by this process.
   * @throws PortalError conflict where an e-mail was taken meanwhile, not_found where the tenant was removed
   */
  saveAll(batches: AsyncIterable<readonly NewAccount[]>, by: { readonly actor: string }): Promise<number>;
}
