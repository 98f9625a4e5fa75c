import { expect, it } from 'vitest';
import { systemTimer } from '../../src/runtime/timer.ts';
import { TimeoutError, withTimeout } from '../../src/runtime/with-timeout.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const never = new Promise<string>(() => {});

it('an answer that arrived while the process was busy is in time', async () => {
  const answer = new Promise((resolve) => void setTimeout(resolve, 5, 'there'));
  const waiting = withTimeout(answer, { timer: systemTimer, ms: 20 });
  const busyUntil = performance.now() + 60;
  while (performance.now() < busyUntil);
  expect(await waiting).toBe('there');
});

it.each([1, 10, 2_000])('an answer that does not come is a timeout after %i ms, no more', async (ms) => {
  const time = new VirtualTime();
  const start = time.now();
  const waiting = withTimeout(never, { timer: time, ms });
  await expect(time.until(waiting)).rejects.toBeInstanceOf(TimeoutError);
  expect(time.now() - start).toBe(ms);
});

it('on a timeout the caller chooses what to return or to throw', async () => {
  const time = new VirtualTime();
  const options = { timer: time, ms: 20 };
  expect(await time.until(withTimeout(never, { ...options, onTimeout: () => 'late' }))).toBe('late');
  const failure = new Error('mine');
  const onTimeout = () => {
    throw failure;
  };
  await expect(time.until(withTimeout(never, { ...options, onTimeout }))).rejects.toBe(failure);
});

it('a failure in time is thrown as it is', async () => {
  const failure = new Error('refused');
  const options = { timer: systemTimer, ms: 20, onTimeout: () => 'late' };
  await expect(withTimeout(Promise.reject(failure), options)).rejects.toBe(failure);
});
