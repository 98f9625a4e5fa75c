import { expect, it } from 'vitest';
import { systemTimer } from '../../src/runtime/timer.ts';
import { inTime, TooSlow } from '../../src/runtime/with-timeout.ts';

it('an answer that came while the process was busy is not late', async () => {
  const answer = new Promise((resolve) => void setTimeout(resolve, 5, 'there'));
  const waiting = inTime(answer, { timer: systemTimer, ms: 20 });
  const busyUntil = performance.now() + 60;
  while (performance.now() < busyUntil);
  expect(await waiting).toBe('there');
});

it('an answer that does not come is', async () => {
  const never = new Promise(() => {});
  await expect(inTime(never, { timer: systemTimer, ms: 20 })).rejects.toBeInstanceOf(TooSlow);
});

it('a failure is told as it is', async () => {
  const failure = new Error('refused');
  await expect(inTime(Promise.reject(failure), { timer: systemTimer, ms: 20 })).rejects.toBe(failure);
});
