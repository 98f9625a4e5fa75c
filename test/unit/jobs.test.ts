import { expect, test } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import { runJobs } from '../../src/portal/jobs.ts';
import { recordingLog } from '../support/recording-log.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const HOUR = 3_600_000;

function startHourlyJob(run: () => Promise<number>) {
  const time = new VirtualTime();
  const stopping = new AbortController();
  const { log, logged } = recordingLog();
  const jobs = [{ name: 'sessions', everyMs: HOUR, run }];
  const done = runJobs({ jobs, timer: time, random: () => 0.5, log, stopping: stopping.signal });
  return { time, stopping, logged, done };
}

test('a job runs within its first interval, and then at each interval', async () => {
  let runs = 0;
  const { time, stopping, logged, done } = startHourlyJob(async () => (runs += 1));
  await time.advance(HOUR / 2 - 1);
  expect(runs).toBe(0);
  await time.advance(1);
  expect(runs).toBe(1);
  await time.advance(3 * HOUR);
  expect(runs).toBe(4);
  expect(logged).toHaveLength(4);
  expect(logged[0]).toMatchObject({
    level: 'info',
    fields: { job: 'sessions', removed: 1 },
    message: 'expired rows removed',
  });
  stopping.abort();
  await done;
});

test('a job that fails is logged, and runs again after its interval', async () => {
  let runs = 0;
  const { time, stopping, logged, done } = startHourlyJob(async () => {
    runs += 1;
    if (runs === 1) throw new PortalError('storage_unavailable');
    return 0;
  });
  await time.advance(2 * HOUR);
  expect(runs).toBe(2);
  expect(logged).toMatchObject([{ level: 'warn', fields: { job: 'sessions' }, message: 'job failed' }]);
  stopping.abort();
  await done;
});

test('stopping waits for the job under way, and for nothing else', async () => {
  const job = Promise.withResolvers<number>();
  const { time, stopping, done } = startHourlyJob(() => job.promise);
  await time.advance(HOUR / 2);
  let stopped = false;
  const ended = (async () => {
    await done;
    stopped = true;
  })();
  stopping.abort();
  await time.settle();
  expect(stopped).toBe(false);
  job.resolve(0);
  await ended;
  expect(stopped).toBe(true);
});
