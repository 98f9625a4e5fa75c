interface Timing {
  /** ms since the epoch, portal clock. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** The `Date` header of the answer (RFC 9110 section 6.6.1), whole seconds. */
  readonly date: string | undefined;
}

// The header drops the fraction of a second, so half a second is the best guess of what it dropped.
const DATE_RESOLUTION_MS = 1000;

/**
 * How far the tenant's clock is ahead of the portal's, in ms (negative: behind); undefined without a readable
 * `Date`. Differences below the precision of the measurement count as 0.
 */
export function clockSkew({ sentAt, receivedAt, date }: Timing): number | undefined {
  const tenant = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(tenant)) return undefined;
  const roundTrip = Math.max(0, receivedAt - sentAt);
  const skew = tenant + DATE_RESOLUTION_MS / 2 - (sentAt + roundTrip / 2);
  return Math.abs(skew) <= DATE_RESOLUTION_MS + roundTrip / 2 ? 0 : Math.round(skew);
}
