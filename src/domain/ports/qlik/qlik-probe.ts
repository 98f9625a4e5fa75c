/** Whether a tenant answers at all, without credentials. */
export interface QlikProbe {
  /** @throws PortalError qlik_unavailable, qlik_timeout, qlik_rate_limited, qlik_bad_response */
  probe(host: string): Promise<{
    /** ms the tenant's clock is ahead; undefined without a `Date` header. */
    readonly clockSkewMs: number | undefined;
  }>;
}
