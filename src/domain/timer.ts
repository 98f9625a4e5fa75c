/** Waiting; injected beside the clock, so that tests move time instead of waiting for it. */
export interface Timer {
  /** Resolves after `ms`, or at once when the signal aborts. Never keeps the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemTimer: Timer = {
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timeout);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timeout = setTimeout(done, ms);
      timeout.unref();
      signal?.addEventListener('abort', done);
    });
  },
};
