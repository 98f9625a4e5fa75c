import { expect, test } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import { runJobs } from '../../src/portal/jobs.ts';
import { recordingLog } from '../support/recording-log.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const HOUR = 3_600_000;

function house(run: () => Promise<number>) {
  const time = new VirtualTime();
  const stopping = new AbortController();
  const { log, logged } = recordingLog();
  const chores = [{ name: 'sessions', everyMs: HOUR, run }];
  const done = runJobs({ chores, timer: time, random: () => 0.5, log, stopping: stopping.signal });
  return { time, stopping, logged, done };
}

test('a chore is done once within its time, and then again and again', async () => {
  let runs = 0;
  const { time, stopping, logged, done } = house(async () => (runs += 1));
  await time.advance(HOUR / 2 - 1);
  expect(runs).toBe(0);
  await time.advance(1);
  expect(runs).toBe(1);
  await time.advance(3 * HOUR);
  expect(runs).toBe(4);
  expect(logged).toHaveLength(4);
  expect(logged[0]).toMatchObject({ level: 'info', fields: { chore: 'sessions', removed: 1 } });
  stopping.abort();
  await done;
});

test('a chore that fails is said, and done the next time', async () => {
  let runs = 0;
  const { time, stopping, logged, done } = house(async () => {
    runs += 1;
    if (runs === 1) throw new PortalError('storage_unavailable');
    return 0;
  });
  await time.advance(2 * HOUR);
  expect(runs).toBe(2);
  expect(logged).toMatchObject([{ level: 'warn', fields: { chore: 'sessions' } }]);
  stopping.abort();
  await done;
});

test('the end waits for the chore under way, and for nothing else', async () => {
  const gate = Promise.withResolvers<number>();
  const { time, stopping, done } = house(() => gate.promise);
  await time.advance(HOUR / 2);
  let over = false;
  const ended = (async () => {
    await done;
    over = true;
  })();
  stopping.abort();
  await time.settle();
  expect(over).toBe(false);
  gate.resolve(0);
  await ended;
  expect(over).toBe(true);
});
