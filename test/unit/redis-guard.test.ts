import { expect, it } from 'vitest';
import { createRedisGuard } from '../../src/storage/redis/redis-guard.ts';
import { recordingLog } from '../support/recording-log.ts';
import { VirtualTime } from '../support/virtual-time.ts';

it.each([
  [500, 'shared', 'a busy machine'],
  [1_500, 'alone', 'a Redis that hangs'],
])('an answer after %i ms is %s: %s', async (ms, expected) => {
  const time = new VirtualTime();
  const { log } = recordingLog();
  const guard = createRedisGuard({ clock: time, timer: time, log, observe() {} });
  const asked = guard.orElse(
    async () => {
      await time.sleep(ms);
      return 'shared';
    },
    () => 'alone',
  );
  expect(await time.until(asked)).toBe(expected);
});
