import type { ExchangeBudget } from '../../../domain/ports/exchange-budget.ts';
import type { MemoryExchangeBudget } from '../../memory/exchange-budget.ts';
import type { RedisGuard } from '../redis-guard.ts';

interface SharedExchangeBudgetParts {
  /** Of this process. */
  readonly local: MemoryExchangeBudget;
  /** Of all replicas. */
  readonly remote: ExchangeBudget;
  readonly guard: RedisGuard;
}

/** Counts with the other replicas, and alone while Redis is away: then a 429 may come, and is waited for. */
export function createSharedExchangeBudget({
  local: near,
  remote: far,
  guard,
}: SharedExchangeBudgetParts): ExchangeBudget {
  return {
    limit: near.limit,
    async take(host) {
      // Known here to be too much: to ask would take from the others what is not used.
      const waitMs = near.waitMs(host);
      if (waitMs > 0) return { granted: false, waitMs };
      const shared = await guard.orElse(
        () => far.take(host),
        () => undefined,
      );
      if (shared?.granted === false) return shared;
      // Counted here as well, so that counting alone does not begin with a full budget.
      const own = await near.take(host);
      return shared ?? own;
    },
    async pause(host, ms) {
      await near.pause(host, ms);
      await guard.orElse(
        () => far.pause(host, ms),
        () => undefined,
      );
    },
  };
}
