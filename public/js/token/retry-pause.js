const LONGEST_PAUSE_MS = 60_000;
/** A Retry-After beyond this is not believed. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/**
 * ms until the next try: what the portal asked for, with some spread so that pages do not retry at the same moment; where
 * it asked for nothing exponential with full jitter.
 * @param {{ failures: number, retryAfterMs: number | undefined, random: number }} state
 */
export function pauseAfter({ failures, retryAfterMs, random }) {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) + 250 + random * 1000;
  return 250 + random * Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}
