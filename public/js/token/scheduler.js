import { startStopwatch } from './clock.js';

const HEARTBEAT_MS = 15_000;

/**
 * Pauses that survive sleep, throttled timers, hidden tabs and lost networks: timers only wake it up, the clock decides.
 * @param {{ clock: { wall(): number, monotonic(): number }, onWake: (eagerly: boolean) => void }} parts `onWake` runs at
 *   every heartbeat while the page is visible, and eagerly when the page, the network or the machine has just come back
 */
export function createScheduler({ clock, onWake }) {
  const stopped = new AbortController();
  /** @type {Set<() => void>} */
  const pauses = new Set();

  const wake = () => {
    for (const end of pauses) end();
  };
  const cameBack = () => {
    if (document.visibilityState === 'hidden') return;
    wake();
    onWake(true);
  };
  const heartbeat = setInterval(() => {
    if (document.visibilityState !== 'hidden') onWake(false);
  }, HEARTBEAT_MS);
  const { signal } = stopped;
  document.addEventListener('visibilitychange', cameBack, { signal });
  window.addEventListener('online', cameBack, { signal });
  window.addEventListener('pageshow', cameBack, { signal });

  /** Resolves after `ms`, or when `end` is called. @param {number} ms @param {Set<() => void>} ends */
  function sleep(ms, ends) {
    /** @type {Promise<void>} */
    const slept = new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        clearInterval(late);
        ends.delete(end);
        resolve();
      };
      const elapsed = startStopwatch(clock);
      const timer = setTimeout(end, ms);
      // A timer counts only the time the machine was awake.
      const late = setInterval(() => {
        if (elapsed() >= ms) end();
      }, 1000);
      ends.add(end);
    });
    return slept;
  }

  /** @returns {Promise<void>} */
  async function untilVisible() {
    if (document.visibilityState !== 'hidden' || signal.aborted) return;
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true, signal });
      signal.addEventListener('abort', resolve, { once: true });
    });
  }

  return {
    /** Between two tries: ends early when the page or the network comes back, and lasts while the page is hidden.
     * @param {number} ms */
    async pause(ms) {
      await sleep(ms, pauses);
      await untilVisible();
    },

    wake,

    /**
     * @template T
     * @param {number} ms
     * @param {Promise<T>} promise
     * @returns {Promise<T | undefined>} undefined when it takes longer
     */
    async within(ms, promise) {
      /** @type {Set<() => void>} */
      const ends = new Set();
      const late = sleep(ms, ends).then(() => undefined);
      try {
        return await Promise.race([promise, late]);
      } finally {
        for (const end of ends) end();
      }
    },

    stop() {
      stopped.abort();
      clearInterval(heartbeat);
      wake();
    },
  };
}
