import { PortalError } from '../domain/errors.ts';

/** One of the queue's slots, or the wait for it. */
export interface Slot {
  /** Resolves when the slot is free for this caller. */
  readonly granted: Promise<void>;
  /** How many are served before this caller, itself included; 0 once the slot is granted. */
  position(): number;
  /** Frees the slot for the next in the queue. */
  release(): void;
}

export interface FairQueue {
  /** @throws PortalError qlik_rate_limited, when the queue is full. */
  join(): Slot;
}

interface FairQueueOptions {
  /** How many may hold a slot at the same time. */
  readonly slots: number;
  /** How many may wait for one. */
  readonly maxWaiting: number;
}

/**
 * First come, first served. A slot that is released is granted to the next in the queue in the same step, with no
 * asynchronous operation between: a newcomer never overtakes.
 */
export function createFairQueue({ slots, maxWaiting }: FairQueueOptions): FairQueue {
  const waiting = new Map<number, () => void>();
  let joined = 0;
  let granted = 0;
  let held = 0;

  function grantNext(): void {
    while (held < slots && granted < joined) {
      const grant = waiting.get(granted);
      waiting.delete(granted);
      granted += 1;
      held += 1;
      grant?.();
    }
  }

  return {
    join() {
      if (waiting.size >= maxWaiting) {
        throw new PortalError('qlik_rate_limited', { detail: 'too many are waiting', retryAfterS: 60 });
      }
      const number = joined;
      joined += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(number, resolve);
      grantNext();
      return {
        granted: promise,
        position: () => Math.max(0, number - granted + 1),
        release() {
          held -= 1;
          grantNext();
        },
      };
    },
  };
}
