import type { Clock } from '../../domain/clock.ts';
import type { ExchangeBudget, ExchangeLimit } from '../../domain/exchange-budget.ts';

interface TenantLedger {
  /** When the last exchanges were granted, oldest first; never more than the limit. */
  granted: number[];
  pausedUntil: number;
}

/**
 * The budget of one process. A log of the grants rather than a token bucket: a bucket that may burst lets up to twice
 * the limit through within one rolling window, and one that may not burst wastes what a quiet tenant has left.
 */
export function createMemoryExchangeBudget(clock: Clock, limit: ExchangeLimit): ExchangeBudget {
  const { exchanges, windowMs } = limit;
  const ledgers = new Map<string, TenantLedger>();

  function ledger(host: string): TenantLedger {
    const known = ledgers.get(host);
    if (known !== undefined) return known;
    const made = { granted: [], pausedUntil: 0 };
    ledgers.set(host, made);
    return made;
  }

  return {
    limit,
    async take(host) {
      const now = clock.now();
      const own = ledger(host);
      if (own.pausedUntil > now) return { granted: false, waitMs: own.pausedUntil - now };
      own.granted = own.granted.filter((at) => at + windowMs > now);
      const [oldest] = own.granted;
      if (oldest !== undefined && own.granted.length >= exchanges) {
        return { granted: false, waitMs: oldest + windowMs - now };
      }
      own.granted.push(now);
      return { granted: true, left: exchanges - own.granted.length };
    },
    async pause(host, ms) {
      const own = ledger(host);
      own.pausedUntil = Math.max(own.pausedUntil, clock.now() + ms);
    },
  };
}
