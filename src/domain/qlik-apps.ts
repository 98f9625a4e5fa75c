import type { TenantAccess } from './qlik-clients.ts';

/** What the holder of a token can see of an app; codes as for QlikClients. */
export interface QlikApps {
  /** qlik_not_found, also where the app exists and the holder may not see it. */
  find(access: TenantAccess, appId: string): Promise<{ readonly name: string }>;
  /**
   * Those of the sheets and charts that the engine does not give to the holder. Opens the app as the embed page does.
   * qlik_unavailable, qlik_timeout, qlik_forbidden (the engine refuses the app).
   */
  unreadable(access: TenantAccess, appId: string, objectIds: readonly string[]): Promise<readonly string[]>;
}

/** Whether a tenant answers at all, asked without any credentials. */
export interface QlikProbe {
  /** Codes: qlik_unavailable, qlik_timeout, qlik_rate_limited, qlik_bad_response. */
  probe(host: string): Promise<{
    /** ms the tenant's clock is ahead; undefined when it did not say. */
    readonly clockSkewMs: number | undefined;
  }>;
}
