/** Keeps what the portal sends to a tenant within the tenant's limits. */
export interface TenantPace {
  /**
   * Waits until the budget of the tenant with this origin grants one more request, first come, first served.
   * @throws PortalError qlik_rate_limited, where too many wait already
   */
  acquire(host: string): Promise<void>;
  /** The tenant answered 429: no request is granted for `ms`. */
  pause(host: string, ms: number): Promise<void>;
}
