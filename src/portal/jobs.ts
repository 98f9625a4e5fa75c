import type { Log } from '../runtime/log.ts';
import type { Timer } from '../runtime/timer.ts';

/** Something to be done now and then, which may be done twice: replicas do not ask one another. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Returns how many things went. */
  readonly run: () => Promise<number>;
}

interface HousekeepingDeps {
  readonly chores: readonly Job[];
  readonly timer: Timer;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Ends it. */
  readonly stopping: AbortSignal;
}

/** Does each chore again and again, until it is told to stop. A chore that fails is done the next time. */
export async function runJobs({ chores, timer, random, log, stopping }: HousekeepingDeps): Promise<void> {
  async function repeat({ name, everyMs, run }: Job): Promise<void> {
    // Replicas that started together do not work together.
    await timer.sleep(everyMs * random(), stopping);
    while (!stopping.aborted) {
      try {
        const removed = await run();
        if (removed > 0) log.info({ chore: name, removed }, 'swept');
      } catch (err) {
        log.warn({ chore: name, err }, 'a chore failed');
      }
      await timer.sleep(everyMs, stopping);
    }
  }
  await Promise.all(chores.map(repeat));
}
