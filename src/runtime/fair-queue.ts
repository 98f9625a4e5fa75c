import { PortalError } from '../domain/errors.ts';

export interface Place {
  /** Resolves when it is this one's turn. */
  readonly turn: Promise<void>;
  /** How many are still before this one; 0 when it is its turn. */
  ahead(): number;
  /** Lets the next one in. */
  leave(): void;
}

export interface WaitingLine {
  /** @throws PortalError qlik_rate_limited when the line is full. */
  join(): Place;
}

interface WaitingLineOptions {
  /** How many may be at work at once. */
  readonly atOnce: number;
  /** How many may wait for it. */
  readonly maxWaiting: number;
}

/** First come, first served. Nobody who comes later slips in between two turns. */
export function createWaitingLine({ atOnce, maxWaiting }: WaitingLineOptions): WaitingLine {
  const waiting = new Map<number, () => void>();
  let joined = 0;
  let called = 0;
  let atWork = 0;

  function callNext(): void {
    while (atWork < atOnce && called < joined) {
      const call = waiting.get(called);
      waiting.delete(called);
      called += 1;
      atWork += 1;
      call?.();
    }
  }

  return {
    join() {
      if (waiting.size >= maxWaiting) {
        throw new PortalError('qlik_rate_limited', { detail: 'too many are waiting', retryAfterS: 60 });
      }
      const number = joined;
      joined += 1;
      const { promise: turn, resolve } = Promise.withResolvers<void>();
      waiting.set(number, resolve);
      callNext();
      return {
        turn,
        ahead: () => Math.max(0, number - called + 1),
        leave() {
          atWork -= 1;
          callNext();
        },
      };
    },
  };
}
