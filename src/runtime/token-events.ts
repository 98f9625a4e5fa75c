import type { ErrorCodeName } from '../domain/error-codes.ts';

/** Events of the token broker for metrics. No secrets, no users. */
export type TokenEvent =
  /** A token was served: known to this process, read from the shared store, or exchanged now. */
  | { readonly type: 'served'; readonly from: 'cache' | 'exchange'; readonly tenantId: string }
  | {
      readonly type: 'exchanged';
      readonly tenantId: string;
      readonly result: 'ok' | ErrorCodeName;
      readonly ms: number;
    }
  /** A request was refused with `qlik_rate_limited`. */
  | { readonly type: 'turned-away'; readonly tenantId: string; readonly retryAfterMs: number }
  | { readonly type: 'budget'; readonly tenantId: string; readonly left: number }
  | { readonly type: 'breaker'; readonly tenantId: string; readonly state: 'closed' | 'open' | 'half-open' }
  /** Whether the store that replicas share can be reached. */
  | { readonly type: 'shared-store'; readonly state: 'up' | 'down' };

export type ObserveTokens = (event: TokenEvent) => void;
