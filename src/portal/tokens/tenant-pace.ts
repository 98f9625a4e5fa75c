import { PortalError } from '../../domain/errors.ts';
import type { Allowance, ExchangeBudget } from '../../domain/ports/exchange-budget.ts';
import type { TenantPace } from '../../domain/ports/tenant-pace.ts';
import { createFairQueue, type FairQueue } from '../../runtime/fair-queue.ts';
import type { Timer } from '../../runtime/timer.ts';

/** At a tenant: some minutes of Qlik's limit. */
const MAX_WAITING = 1_000;

interface BudgetPace extends TenantPace {
  /** With `take` in place of the budget's own, for a caller that has more to check before each attempt, or to note. */
  acquire(host: string, take?: () => Promise<Allowance>): Promise<void>;
}

/** Lets requests through one by one, as fast as the budget of their tenant grants them. */
export function createTenantPace({
  budget,
  timer,
  stopping,
  maxWaiting = MAX_WAITING,
}: {
  readonly budget: ExchangeBudget;
  readonly timer: Pick<Timer, 'sleep'>;
  /** Once aborted, no request waits: it is granted immediately, or fails with qlik_rate_limited. */
  readonly stopping?: AbortSignal;
  readonly maxWaiting?: number;
}): BudgetPace {
  const queues = new Map<string, FairQueue>();

  function queueOf(host: string): FairQueue {
    const existing = queues.get(host);
    if (existing !== undefined) return existing;
    const created = createFairQueue({ slots: 1, maxWaiting });
    queues.set(host, created);
    return created;
  }

  return {
    async acquire(host, take = () => budget.take(host)) {
      const slot = queueOf(host).join();
      await slot.granted;
      try {
        for (;;) {
          const allowance = await take();
          if (allowance.granted) return;
          const ms = Math.max(1, Math.ceil(allowance.waitMs));
          if (stopping?.aborted === true) {
            const retryAfterS = Math.ceil(ms / 1000);
            throw new PortalError('qlik_rate_limited', { detail: 'the portal stops', retryAfterS });
          }
          await timer.sleep(ms, stopping);
        }
      } finally {
        slot.release();
      }
    },
    pause: (host, ms) => budget.pause(host, ms),
  };
}
