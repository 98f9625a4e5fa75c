/** Waiting; injected beside the clock, so that tests move time instead of waiting for it. */
export interface Timer {
  /** Resolves after `ms`, or immediately when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls after `ms`, unless the returned function is called first. Cheaper than sleep, for what every request does. */
  after(ms: number, call: () => void): () => void;
}

/** Never keeps the process alive: a server has its connections for that. */
export const systemTimer = createTimer({ keepsAlive: false });
/** Keeps the process alive: a command that waits has nothing else that does. */
export const commandTimer = createTimer({ keepsAlive: true });

function createTimer({ keepsAlive }: { readonly keepsAlive: boolean }): Timer {
  const timeoutOf = (call: () => void, ms: number) => {
    const timeout = setTimeout(call, ms);
    return keepsAlive ? timeout : timeout.unref();
  };
  return {
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          clearTimeout(timeout);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timeout = timeoutOf(done, ms);
        signal?.addEventListener('abort', done);
      });
    },
    after(ms, call) {
      const timeout = timeoutOf(call, ms);
      return () => clearTimeout(timeout);
    },
  };
}
