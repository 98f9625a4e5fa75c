/**
 * Counts sign-in attempts. `requestId` is for the audit log.
 * @throws PortalError too_many_attempts, with the seconds to wait
 */
export interface SignInLimits {
  /** Before anything is done for the address. */
  countAddress(address: string, requestId?: string): Promise<void>;
  /** Before the password is looked at, and only where it will be: else a busy portal would close accounts. */
  countAccount(attempt: {
    readonly email: string;
    readonly address: string;
    readonly requestId?: string;
  }): Promise<void>;
  /** After a success: the account's failures are forgotten, the address's are not. */
  resetAccount(attempt: { readonly email: string; readonly address: string }): Promise<void>;
}
