// What the tabs of one browser tell each other. Tokens travel only here, from memory to memory, never through storage,
// and only between pages of one origin; who may take one is decided by its key (held-token.js).

/**
 * @typedef {{ type: 'token', endpoint: string, key: string, token: import('./token-request.js').Token, remainingMs: number }
 *   | { type: 'ask', endpoint: string, key: string, not: string | undefined }
 *   | { type: 'signed-in' }
 *   | { type: 'signed-out' }} TabMessage
 */

const NAME = 'portal:qlik-token';
/** A tab that hangs, or was frozen while it held the lock, must not stop the others: then they ask for themselves. */
const LOCK_WAIT_MS = 4_000;

/**
 * For pages that take no token themselves, such as the sign-in page.
 * @param {TabMessage} message
 */
export function announceToTabs(message) {
  if (typeof BroadcastChannel === 'undefined') return;
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(message);
  channel.close();
}

/**
 * @param {{ locks: LockManager | null, onMessage: (message: TabMessage) => void }} parts
 */
export function joinTabs({ locks, onMessage }) {
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(NAME);
  channel?.addEventListener('message', (event) => {
    if (isMessage(event.data)) onMessage(event.data);
  });
  const left = new AbortController();
  const present = `${NAME}:here`;
  // Held for as long as the page lives: whoever counts these locks knows whether asking the others makes sense.
  void locks
    ?.request(
      present,
      { mode: 'shared' },
      () => new Promise((resolve) => left.signal.addEventListener('abort', resolve)),
    )
    .catch(() => undefined);

  /** @param {LockManager} manager */
  async function hasOthers(manager) {
    const { held = [] } = await manager.query();
    return held.filter((lock) => lock.name === present).length > 1;
  }

  return {
    /** @param {TabMessage} message */
    tell(message) {
      if (!left.signal.aborted) channel?.postMessage(message);
    },

    /**
     * Runs `work` while no other tab runs theirs.
     * @template T
     * @param {(state: { others: boolean }) => Promise<T>} work must not reject
     * @returns {Promise<T>}
     */
    async alone(work) {
      if (!locks) return work({ others: false });
      /** @type {Promise<T> | undefined} */
      let started;
      const start = async () => (started = work({ others: await hasOthers(locks) }));
      try {
        return await locks.request(NAME, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, start);
      } catch {
        return started ?? work({ others: false });
      }
    },

    leave() {
      left.abort();
      channel?.close();
    },
  };
}

/**
 * A tab may be older or newer than this one.
 * @param {unknown} data
 * @returns {data is TabMessage}
 */
function isMessage(data) {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  if (data.type === 'signed-in' || data.type === 'signed-out') return true;
  if (!('key' in data) || typeof data.key !== 'string' || !('endpoint' in data)) return false;
  if (data.type === 'ask') return true;
  if (data.type !== 'token' || !('token' in data) || !('remainingMs' in data)) return false;
  const { token, remainingMs } = data;
  if (typeof remainingMs !== 'number' || typeof token !== 'object' || token === null) return false;
  return 'id' in token && typeof token.id === 'string' && 'value' in token && typeof token.value === 'string';
}
