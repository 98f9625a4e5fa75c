import type { ErrorCodeName } from '../domain/error-codes.ts';

/** What the token broker tells whoever counts. No secrets, no users. */
export type TokenEvent =
  /** A token was handed out: known to this process, read from the shared store, or made now. */
  | { readonly type: 'served'; readonly from: 'cache' | 'exchange'; readonly tenantId: string }
  | {
      readonly type: 'exchanged';
      readonly tenantId: string;
      readonly result: 'ok' | ErrorCodeName;
      readonly ms: number;
    }
  /** Somebody was sent away with `qlik_rate_limited`. */
  | { readonly type: 'turned-away'; readonly tenantId: string; readonly retryAfterMs: number }
  | { readonly type: 'budget'; readonly tenantId: string; readonly left: number }
  | { readonly type: 'breaker'; readonly tenantId: string; readonly state: 'closed' | 'open' | 'half-open' }
  /** The store that replicas share can be reached, or is done without. */
  | { readonly type: 'shared-store'; readonly state: 'up' | 'down' };

export type ObserveTokens = (event: TokenEvent) => void;
