import type { Log } from '../runtime/log.ts';
import type { Timer } from '../runtime/timer.ts';

/** Removes expired rows at an interval. Every replica runs it, so it must tolerate concurrent runs. */
export interface Job {
  /** What it removes. */
  readonly name: string;
  readonly everyMs: number;
  /** Returns how many rows it removed. */
  readonly run: () => Promise<number>;
}

interface JobsDeps {
  readonly jobs: readonly Job[];
  readonly timer: Timer;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

/** Runs each job at its interval, until `stopping` is aborted. A job that failed runs again after its interval. */
export async function runJobs({ jobs, timer, random, log, stopping }: JobsDeps): Promise<void> {
  async function repeat({ name, everyMs, run }: Job): Promise<void> {
    // Spreads the first runs of replicas that started together.
    await timer.sleep(everyMs * random(), stopping);
    while (!stopping.aborted) {
      try {
        const removed = await run();
        if (removed > 0) log.info({ job: name, removed }, 'expired rows removed');
      } catch (err) {
        log.warn({ job: name, err }, 'job failed');
      }
      await timer.sleep(everyMs, stopping);
    }
  }
  await Promise.all(jobs.map(repeat));
}
