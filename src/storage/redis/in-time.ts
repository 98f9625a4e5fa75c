import type { Timer } from '../../domain/timer.ts';

export class RedisSlow extends Error {
  override readonly name = 'RedisSlow';
}

/** ms in which a process that was busy reads what has come meanwhile. */
const SECOND_LOOK_MS = 10;

/**
 * What Redis answers, or after `ms` a {@link RedisSlow}. A process that was busy for longer than that wakes its timers
 * before it reads the answers that have long been there, so it looks once more before it calls Redis slow.
 */
export async function inTime<Result>(
  answer: Promise<Result>,
  { timer, ms }: { timer: Timer; ms: number },
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  let cancel = timer.after(ms, () => {
    cancel = timer.after(SECOND_LOOK_MS, () => late.reject(new RedisSlow(`no answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
  }
}
