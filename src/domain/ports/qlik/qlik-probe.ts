/** Whether a tenant answers at all, asked without any credentials. */
export interface QlikProbe {
  /** Codes: qlik_unavailable, qlik_timeout, qlik_rate_limited, qlik_bad_response. */
  probe(host: string): Promise<{
    /** ms the tenant's clock is ahead; undefined when it did not say. */
    readonly clockSkewMs: number | undefined;
  }>;
}
