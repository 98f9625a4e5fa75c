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

/** Counts with the other replicas, and locally while Redis is unavailable: then a 429 is possible, and pauses the tenant. */
export function createSharedExchangeBudget({
  local,
  remote,
  guard,
}: SharedExchangeBudgetParts): ExchangeBudget {
  return {
    limit: local.limit,
    async take(host) {
      // Beyond the local count already: asking Redis would take from the others without use.
      const waitMs = local.waitMs(host);
      if (waitMs > 0) return { granted: false, waitMs };
      const shared = await guard.orElse(
        () => remote.take(host),
        () => undefined,
      );
      if (shared?.granted === false) return shared;
      // Counted locally as well, so that local counting does not start with a full budget.
      const own = await local.take(host);
      return shared ?? own;
    },
    async pause(host, ms) {
      await local.pause(host, ms);
      await guard.orElse(
        () => remote.pause(host, ms),
        () => undefined,
      );
    },
  };
}
