/** Sees to it that what the portal sends to a tenant fits into the tenant's limits. */
export interface TenantPace {
  /**
   * Waits until the tenant with this origin has room for one more request.
   * @throws PortalError qlik_rate_limited where too many wait already
   */
  turn(host: string): Promise<void>;
  /** The tenant answered 429: nobody's turn comes for `ms`. */
  pause(host: string, ms: number): Promise<void>;
}
