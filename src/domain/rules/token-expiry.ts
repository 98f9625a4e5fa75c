export interface TellsExpiry {
  /** ms since the epoch, portal clock. */
  readonly sentAt: number;
  /** `expires_in`, seconds. */
  readonly expiresInS: number | undefined;
  /** `expires_at`, ms since the epoch, the tenant's clock. */
  readonly expiresAt: number | undefined;
  /** ms the tenant's clock is ahead, by its `Date` header; undefined when it did not say. */
  readonly clockSkewMs: number | undefined;
}

/** Further apart than this, a measured skew is not believed against a duration. */
const AGREEMENT_MS = 5 * 60_000;

/**
 * When a token ends on the portal's clock, in ms since the epoch; undefined when nothing of what was said can be.
 * Counted from when the request was sent, so that the answer's way back shortens the life and never stretches it.
 * Either field will do, and of both the earlier counts: a duration needs no clock, an instant needs the skew. That
 * comes from the `Date` header, which a proxy with a wrong clock may have written, and is not trusted blindly: it
 * neither lets a token be born dead, nor lets it live longer than it says, nor overrules a duration by more than clocks
 * can tell.
 */
export function tokenExpiry({
  sentAt,
  expiresInS,
  expiresAt,
  clockSkewMs = 0,
}: TellsExpiry): number | undefined {
  const byDuration = expiresInS === undefined ? undefined : sentAt + expiresInS * 1000;
  const byInstant = earliest(
    expiresAt === undefined ? [] : [expiresAt - clockSkewMs, expiresAt].filter((instant) => instant > sentAt),
  );
  if (byDuration === undefined || byInstant === undefined) return byDuration ?? byInstant;
  const skewIsWrong = clockSkewMs !== 0 && Math.abs(byInstant - byDuration) > AGREEMENT_MS;
  return skewIsWrong ? byDuration : Math.min(byDuration, byInstant);
}

function earliest(instants: readonly number[]): number | undefined {
  return instants.length === 0 ? undefined : Math.min(...instants);
}
