import type { Clock } from '../../runtime/clock.ts';
import { createCoolDown, type CoolDown } from '../../runtime/cool-down.ts';
import type { ExchangeBudget } from '../../domain/ports/exchange-budget.ts';
import type { ExchangeLimit } from '../../domain/rules/exchange-limit.ts';

export interface MemoryExchangeBudget extends ExchangeBudget {
  /** ms until an exchange would be granted; 0 for now. Takes nothing. */
  waitMs(host: string): number;
}

interface TenantLedger {
  /** When the last exchanges were granted, oldest first; never more than the limit. */
  granted: number[];
  readonly pause: CoolDown;
}

/**
 * The budget of one process. A log of the grants rather than a token bucket: a bucket that may burst lets up to twice
 * the limit through within one rolling window, and one that may not burst wastes what a quiet tenant has left.
 */
export function createMemoryExchangeBudget(clock: Clock, limit: ExchangeLimit): MemoryExchangeBudget {
  const { exchanges, windowMs } = limit;
  const ledgers = new Map<string, TenantLedger>();

  function ledger(host: string): TenantLedger {
    const known = ledgers.get(host);
    if (known !== undefined) return known;
    const created = { granted: [], pause: createCoolDown({ clock }) };
    ledgers.set(host, created);
    return created;
  }

  function waitMs(host: string): number {
    const now = clock.now();
    const own = ledger(host);
    const pausedMs = own.pause.remainingMs();
    if (pausedMs > 0) return pausedMs;
    own.granted = own.granted.filter((at) => at + windowMs > now);
    const [oldest] = own.granted;
    return oldest === undefined || own.granted.length < exchanges ? 0 : oldest + windowMs - now;
  }

  return {
    limit,
    waitMs,
    async take(host) {
      const wait = waitMs(host);
      if (wait > 0) return { granted: false, waitMs: wait };
      const own = ledger(host);
      own.granted.push(clock.now());
      return { granted: true, left: exchanges - own.granted.length };
    },
    async pause(host, ms) {
      ledger(host).pause.start(ms);
    },
  };
}
