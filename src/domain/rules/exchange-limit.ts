const WINDOW_MS = 5 * 60_000;
// The tenant counts a request when it arrives, the portal when it is sent: without a margin the last of one window,
// slow to arrive, and the first of the next would be in one window of the tenant's.
const ARRIVAL_SPREAD_MS = 5_000;

/** The tenants' Tier 2: how many exchanges in how long a rolling window. */
export interface ExchangeLimit {
  readonly exchanges: number;
  readonly windowMs: number;
}

/** Qlik counts over a rolling 5 minutes: Tier 2 is 100 a minute, so 500 in that window. */
export function exchangeLimit(perMinute = 100): ExchangeLimit {
  const exchanges = Math.max(1, Math.floor((perMinute * WINDOW_MS) / 60_000));
  return { exchanges, windowMs: WINDOW_MS + ARRIVAL_SPREAD_MS };
}

/** How long a tier is left alone after a 429 that does not say; those of Qlik Cloud do. */
export const PAUSE_WITHOUT_RETRY_AFTER_S = 30;
