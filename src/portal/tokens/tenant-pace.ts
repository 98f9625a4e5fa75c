import { PortalError } from '../../domain/errors.ts';
import type { ExchangeBudget } from '../../domain/ports/exchange-budget.ts';
import type { TenantPace } from '../../domain/ports/tenant-pace.ts';
import type { Timer } from '../../runtime/timer.ts';
import { createWaitingLine, type WaitingLine } from '../../runtime/fair-queue.ts';

/** At a tenant: some minutes of Qlik's limit. */
const MAX_WAITING = 1_000;

/** Lets requests through one by one, first come, first served, as fast as the budget of their tenant grants them. */
export function createTenantPace({
  budget,
  timer,
  stopping,
  maxWaiting = MAX_WAITING,
}: {
  readonly budget: ExchangeBudget;
  readonly timer: Pick<Timer, 'sleep'>;
  /** From then on nobody waits: there is room at once, or qlik_rate_limited. */
  readonly stopping?: AbortSignal;
  readonly maxWaiting?: number;
}): TenantPace {
  const lines = new Map<string, WaitingLine>();

  function lineOf(host: string): WaitingLine {
    const known = lines.get(host);
    if (known !== undefined) return known;
    const made = createWaitingLine({ atOnce: 1, maxWaiting });
    lines.set(host, made);
    return made;
  }

  return {
    async turn(host) {
      const place = lineOf(host).join();
      await place.turn;
      try {
        for (;;) {
          const allowance = await budget.take(host);
          if (allowance.granted) return;
          const ms = Math.max(1, Math.ceil(allowance.waitMs));
          if (stopping?.aborted === true) {
            const retryAfterS = Math.ceil(ms / 1000);
            throw new PortalError('qlik_rate_limited', { detail: 'the portal stops', retryAfterS });
          }
          await timer.sleep(ms, stopping);
        }
      } finally {
        place.leave();
      }
    },
    pause: (host, ms) => budget.pause(host, ms),
  };
}
