import { LRUCache } from 'lru-cache';
import { type IRateLimiterOptions, type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';

/** What the sign-in limits ask of the library. */
export type Limiter = Pick<RateLimiterAbstract, 'consume' | 'delete'>;

interface Count {
  attempts: number;
  /** ms since the epoch. */
  readonly until: number;
}

/** About 20 MB. An attacker who wants a count evicted has to be counted under as many other keys, within its window. */
export const MAX_KEYS = 100_000;

/**
 * Counts in this process as the library's own does, which has no bound and spends a timer on every key. Takes no
 * clock, as the library's takes none.
 */
export function createBoundedLimiter({ points, duration }: IRateLimiterOptions): Limiter {
  // By size, since a cache with a number of entries would set the memory for all of them aside at the start.
  const counts = new LRUCache<string | number, Count>({ maxSize: MAX_KEYS, sizeCalculation: () => 1 });

  function countOf(key: string | number, now: number): Count {
    const known = counts.get(key);
    if (known !== undefined && known.until > now) return known;
    const begun = { attempts: 0, until: now + duration * 1_000 };
    counts.set(key, begun);
    return begun;
  }

  return {
    async consume(key) {
      const now = Date.now();
      const count = countOf(key, now);
      count.attempts += 1;
      const left = Math.max(0, points - count.attempts);
      const result = new RateLimiterRes(left, count.until - now, count.attempts, count.attempts === 1);
      // As the library has it: a refusal is no error.
      if (count.attempts > points) return Promise.reject(result);
      return result;
    },
    async delete(key) {
      return counts.delete(key);
    },
  };
}
