/** Tier 1: reads. Tier 2: writes and tokens. Filter: `POST …/actions/filter`. */
export type Tier = 'tier1' | 'tier2' | 'filter';

interface Window {
  /** Times of the counted calls, oldest first; those before `from` have left the window. */
  times: number[];
  from: number;
  blockedUntil: number;
}

export interface RateLimitOptions {
  now: () => number;
  windowMs: () => number;
  /** Calls a window holds. */
  capacity: (tier: Tier) => number;
}

/** Counts calls per tier and caller over a rolling window; refused calls are not counted. */
export class RateLimits {
  readonly #windows = new Map<string, Window>();
  readonly #options: RateLimitOptions;

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /**
   * Counts one call. `undefined` when it may go on, else the whole seconds until the tier opens again: once
   * refused, the caller is kept out of the whole tier for that time.
   */
  count(tier: Tier, caller: string): number | undefined {
    const now = this.#options.now();
    const window = this.#windowOf(JSON.stringify([tier, caller]));
    this.#forget(window, now - this.#options.windowMs());
    if (now < window.blockedUntil) return secondsUntil(window.blockedUntil, now);
    if (window.times.length - window.from < this.#options.capacity(tier)) {
      window.times.push(now);
      return undefined;
    }
    const oldest = window.times[window.from] ?? now;
    const wait = secondsUntil(oldest + this.#options.windowMs(), now);
    window.blockedUntil = now + wait * 1000;
    return wait;
  }

  clear(): void {
    this.#windows.clear();
  }

  #windowOf(key: string): Window {
    const window = this.#windows.get(key) ?? { times: [], from: 0, blockedUntil: 0 };
    this.#windows.set(key, window);
    return window;
  }

  #forget(window: Window, before: number): void {
    while ((window.times[window.from] ?? Infinity) <= before) window.from += 1;
    if (window.from < 1024 || window.from * 2 < window.times.length) return;
    window.times = window.times.slice(window.from);
    window.from = 0;
  }
}

function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1000));
}
