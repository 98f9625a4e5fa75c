import type { AccessToken } from '../model/token.ts';

/** How much of a token's life is used up, for a request of a token. */
export type TokenAge =
  /** Hand it out. */
  | 'fresh'
  /** Hand it out, and exchange the next one in the background. */
  | 'ageing'
  /** Too short for a page: wait for the next one, and hand this one out only if the exchange fails. */
  | 'ending'
  | 'expired';

export interface TokenAgeing {
  /** ms that a token must still live to be handed out without further thought. */
  readonly minRemainingMs: number;
}

type Life = Pick<AccessToken, 'issuedAt' | 'expiresAt'>;

const REFRESH_IN_LAST = 0.2;
const JITTER = 0.5;
const REFRESH_AT_MOST_IN_LAST = 0.75;

/**
 * When to start the exchange of the successor, in ms since the epoch: in the last 20 to 30 % of the life, and always before
 * the token is too short to hand out. `random` (0 to 1) spreads tokens that were issued together.
 */
export function refreshTime(token: Life, { minRemainingMs }: TokenAgeing, random: number): number {
  const life = token.expiresAt - token.issuedAt;
  const lead = Math.max(life * REFRESH_IN_LAST, enough(life, minRemainingMs) * (1 + JITTER / 2));
  return token.expiresAt - Math.min(lead * (1 + random * JITTER), life * REFRESH_AT_MOST_IN_LAST);
}

export function tokenAge(
  { token, refreshAt }: { readonly token: Life; readonly refreshAt: number },
  { minRemainingMs }: TokenAgeing,
  now: number,
): TokenAge {
  const remaining = token.expiresAt - now;
  if (remaining <= 0) return 'expired';
  if (now < refreshAt) return 'fresh';
  return remaining >= enough(token.expiresAt - token.issuedAt, minRemainingMs) ? 'ageing' : 'ending';
}

// A tenant may be set to tokens that live shorter than the minimum: then half a life must do, or each
// request would exchange a token that is too short again.
function enough(life: number, minRemainingMs: number): number {
  return Math.min(minRemainingMs, life / 2);
}
