import { LRUCache } from 'lru-cache';
import { PortalError } from '../domain/errors.ts';
import type { Clock } from './clock.ts';

/** A pause after a failure, longer with each failure in a row. */
export interface CoolDown {
  /** ms that are left of the pause; 0 where another try is permitted. */
  remainingMs(): number;
  /** Pauses for the next period, `atLeastMs` at least; never shortens what is left. */
  start(atLeastMs?: number): void;
  /** After a success: ends the pause, and the next failure counts as the first. */
  end(): void;
}

interface CoolDownOptions {
  readonly clock: Clock;
  /** ms of the first period; each further one is twice as long as the one before. 0 where callers say how long. */
  readonly firstMs?: number;
  readonly longestMs?: number;
  /** 0 to 1, as Math.random, spreads retries of what failed together. Without it, periods are exact. */
  readonly random?: () => number;
  /** ms after its end for which a period counts as one in a row. */
  readonly rememberMs?: number;
}

export function createCoolDown({
  clock,
  firstMs = 0,
  longestMs = firstMs,
  random = () => 1,
  rememberMs = Infinity,
}: CoolDownOptions): CoolDown {
  let until = 0;
  let nextMs = firstMs;
  return {
    remainingMs: () => Math.max(0, until - clock.now()),
    start(atLeastMs = 0) {
      if (until + rememberMs < clock.now()) nextMs = firstMs;
      const periodMs = nextMs * (0.5 + random() / 2);
      nextMs = Math.min(longestMs, nextMs * 2);
      until = Math.max(until, clock.now() + Math.max(periodMs, atLeastMs));
    },
    end() {
      until = 0;
      nextMs = firstMs;
    },
  };
}

/** A cool-down for each key, with the key's last failure. */
export interface CoolDowns {
  /** The last failure of a key that cools down, and the ms that are left; undefined where it does not. */
  current(key: string): { readonly error: PortalError; readonly remainingMs: number } | undefined;
  /** @throws PortalError the code of the last failure and the seconds to wait, while the key cools down. */
  check(key: string): void;
  failed(key: string, error: PortalError, atLeastMs?: number): void;
  succeeded(key: string): void;
}

/** Of keys; the least recently used is tried early. */
const MAX_KEYS = 10_000;

export function createCoolDowns(options: CoolDownOptions): CoolDowns {
  const failures = new LRUCache<string, { readonly error: PortalError; readonly coolDown: CoolDown }>({
    max: MAX_KEYS,
  });

  function current(key: string) {
    const failure = failures.get(key);
    const remainingMs = failure?.coolDown.remainingMs() ?? 0;
    return failure === undefined || remainingMs === 0 ? undefined : { error: failure.error, remainingMs };
  }

  return {
    current,
    check(key) {
      const failure = current(key);
      if (failure === undefined) return;
      throw new PortalError(failure.error.code, {
        detail: 'tried a moment ago',
        retryAfterS: Math.ceil(failure.remainingMs / 1000),
        cause: failure.error,
      });
    },
    failed(key, error, atLeastMs) {
      const coolDown = failures.get(key)?.coolDown ?? createCoolDown(options);
      coolDown.start(atLeastMs);
      failures.set(key, { error, coolDown });
    },
    succeeded: (key) => void failures.delete(key),
  };
}
