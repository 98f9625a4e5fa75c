import { PortalError } from '../domain/errors.ts';

export interface GateLimits {
  /** Works at once. */
  readonly concurrent: number;
  /** That may wait behind them; the next is refused. */
  readonly waiting: number;
  /** What a refused caller is told to wait, in s. */
  readonly retryAfterS: number;
}

/**
 * Lets a bounded number of works run, in the order in which they came.
 * Codes: too_many_attempts where too many wait already.
 */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createGate({ concurrent, waiting, retryAfterS }: GateLimits): Gate {
  const queue: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < concurrent) {
      running += 1;
      return;
    }
    if (queue.length >= waiting) throw new PortalError('too_many_attempts', { retryAfterS });
    // Whoever leaves hands over the place, so `running` stays as it is.
    await new Promise<void>((resolve) => {
      queue.push(resolve);
    });
  }

  function leave(): void {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  }

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
