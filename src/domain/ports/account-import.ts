import type { Account } from '../model/account.ts';

/** An account of an import, and the invite to set its first password, if any. */
export interface NewAccount {
  readonly account: Account;
  readonly invite?: { readonly codeHash: string; readonly expiresAt: number };
}

/** Imports many accounts in one step. */
export interface AccountImport {
  /** Which of these e-mails belong to accounts already. */
  taken(emails: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Saves all of them, and in the audit log that `actor` added them, or none, in one step when the iteration ends:
   * until then other processes write as usual. An error of the iteration aborts the import; while it runs, this process
   * must not use the storage otherwise.
   * @throws PortalError conflict (an e-mail was taken meanwhile), not_found (tenant)
   */
  saveAll(batches: AsyncIterable<readonly NewAccount[]>, by: { readonly actor: string }): Promise<number>;
}
