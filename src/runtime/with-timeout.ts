import type { Timer } from './timer.ts';

/** No answer within the time for it. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

/** ms in which a process that was busy reads what has come meanwhile. */
const SECOND_LOOK_MS = 10;

/**
 * What is answered, or after `ms` a {@link TooSlow}. A process that was busy for longer than that wakes its timers
 * before it reads the answers that have long been there, so it looks once more before it calls anybody slow.
 */
export async function inTime<Result>(
  answer: Promise<Result>,
  { timer, ms }: { timer: Timer; ms: number },
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  let cancel = timer.after(ms, () => {
    cancel = timer.after(SECOND_LOOK_MS, () => late.reject(new TooSlow(`no answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
  }
}
