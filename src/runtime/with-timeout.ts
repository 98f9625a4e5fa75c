import type { Timer } from './timer.ts';

/** No answer within the time for it. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

interface TimeoutOptions<Fallback> {
  readonly timer: Pick<Timer, 'after'>;
  readonly ms: number;
  /** What to return, or throw, instead; throws a {@link TimeoutError} by default. */
  readonly onTimeout?: () => Fallback;
}

const TIMED_OUT = Symbol('timed out');
/** The last ms of the wait, for a process that was busy: it reads in them what has arrived meanwhile. */
const SECOND_LOOK_MS = 10;

/**
 * Waits for the promise, `ms` at most; what it stands for is not cancelled. A process that was busy for longer runs its
 * timers before it reads the answers that have long arrived, so the wait has two parts, the second after that reading.
 */
export async function withTimeout<Result, Fallback = never>(
  promise: Promise<Result>,
  { timer, ms, onTimeout = throwTimeout(ms) }: TimeoutOptions<Fallback>,
): Promise<Result | Fallback> {
  const late = Promise.withResolvers<typeof TIMED_OUT>();
  const secondLookMs = Math.min(ms, SECOND_LOOK_MS);
  let cancel = timer.after(ms - secondLookMs, () => {
    cancel = timer.after(secondLookMs, () => late.resolve(TIMED_OUT));
  });
  try {
    const first = await Promise.race([promise, late.promise]);
    return first === TIMED_OUT ? onTimeout() : first;
  } finally {
    cancel();
  }
}

function throwTimeout(ms: number): () => never {
  return () => {
    throw new TimeoutError(`no answer within ${ms} ms`);
  };
}
