/** Waiting; injected beside the clock, so that tests move time instead of waiting for it. Never keeps the process alive. */
export interface Timer {
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls after `ms`, unless the function that it returns is called first. The cheaper way, for every request. */
  after(ms: number, call: () => void): () => void;
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
  after(ms, call) {
    const timeout = setTimeout(call, ms).unref();
    return () => clearTimeout(timeout);
  },
};

/** What is promised, or undefined where that takes longer than `ms`. */
export async function within<Result>(
  timer: Timer,
  ms: number,
  promised: Promise<Result>,
): Promise<Result | undefined> {
  const waiting = new AbortController();
  try {
    return await Promise.race([promised, timer.sleep(ms, waiting.signal).then(() => undefined)]);
  } finally {
    waiting.abort();
  }
}
