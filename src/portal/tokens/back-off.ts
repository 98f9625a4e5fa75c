import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import type { ErrorCodeName } from '../../domain/error-codes.ts';
import { PortalError } from '../../domain/errors.ts';

export interface BackOff {
  /** @throws PortalError with the code of the last failure and the seconds to wait, while it is too early. */
  check(key: string): void;
  failed(key: string, error: unknown): void;
  succeeded(key: string): void;
}

interface Failure {
  readonly code: ErrorCodeName;
  readonly inARow: number;
  readonly until: number;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** What failed longer ago says nothing about now. */
const FORGOTTEN_AFTER_MS = 5 * 60_000;
const MAX_KEYS = 10_000;

/** A failure is no answer to keep, only a reason not to ask again at once: a second, then two, at most half a minute. */
export function createBackOff({ clock, random }: { clock: Clock; random: () => number }): BackOff {
  const failures = new LRUCache<string, Failure>({ max: MAX_KEYS });
  return {
    check(key) {
      const failure = failures.get(key);
      if (failure === undefined || failure.until <= clock.now()) return;
      const retryAfterS = Math.ceil((failure.until - clock.now()) / 1000);
      throw new PortalError(failure.code, { detail: 'tried a moment ago', retryAfterS });
    },
    failed(key, error) {
      const code = error instanceof PortalError ? error.code : 'internal_error';
      const last = failures.get(key);
      const inARow =
        last === undefined || last.until + FORGOTTEN_AFTER_MS < clock.now() ? 1 : last.inARow + 1;
      const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (inARow - 1));
      failures.set(key, { code, inARow, until: clock.now() + longest * (0.5 + random() / 2) });
    },
    succeeded(key) {
      failures.delete(key);
    },
  };
}
