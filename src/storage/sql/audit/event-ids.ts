import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../runtime/clock.ts';

/**
 * Ids that sort in the order in which this process gave them out, also within one ms and when the clock goes
 * back: UUIDs of version 7 with a counter (RFC 9562 section 6.2, method 1). `at` is the time inside the id.
 */
export function createEventIds(clock: Clock): () => { readonly id: string; readonly at: number } {
  const COUNTER_MAX = 0xfff;
  let at = 0;
  let counter = 0;
  return () => {
    const now = clock.now();
    if (now > at) [at, counter] = [now, 0];
    else if (counter < COUNTER_MAX) counter += 1;
    else [at, counter] = [at + 1, 0];
    return { id: uuidV7(at, counter), at };
  };
}

function uuidV7(at: number, counter: number): string {
  const time = at.toString(16).padStart(12, '0');
  const random = randomBytes(8);
  // The variant: binary 10 in front.
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
  const tail = random.toString('hex');
  const count = counter.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
