import type { ExchangeLimit } from '../rules/exchange-limit.ts';

export type Allowance =
  | { readonly granted: true; readonly left: number }
  /** ms after which it is worth asking again. */
  | { readonly granted: false; readonly waitMs: number };

/** How many exchanges each tenant still takes, counted by the portal so that the tenant does not have to answer 429. */
export interface ExchangeBudget {
  readonly limit: ExchangeLimit;
  /** Takes one exchange at the tenant with this origin. */
  take(host: string): Promise<Allowance>;
  /** The tenant answered 429: nothing is granted for `ms`. */
  pause(host: string, ms: number): Promise<void>;
}
