import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import type { FreshToken, StoredToken, TokenStore } from '../../domain/ports/token-store.ts';

export interface MemoryTokenStore extends TokenStore {
  /** Stores the token of another replica, unless a newer one is known or it was dropped; returns the current one. */
  keep(key: string, stored: StoredToken): StoredToken | undefined;
  /** Whether the last token was refused, so that the next one replaces it. */
  wasRefused(key: string): boolean;
}

interface Entry {
  /** Outlives the token, so that an older answer which is late cannot take the place of a dropped one. */
  readonly fence: number;
  readonly stored: StoredToken | undefined;
  readonly refused: boolean;
  /** ms since the epoch: how long a caller waits for the next token. */
  readonly wantedUntil: number;
}

const NOTHING: Entry = { fence: 0, stored: undefined, refused: false, wantedUntil: 0 };

/** Tokens of some 60,000 people. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Of an entry, beyond its key and its token: the 1,080 that `npm run bench` measures for a user, less a key of 100. */
const ENTRY_BYTES = 980;

/** The tokens of one process; the least recently used go first. */
export function createMemoryTokenStore({
  clock,
  maxBytes = MAX_BYTES,
}: {
  clock: Clock;
  maxBytes?: number;
}): MemoryTokenStore {
  // By size, since a cache with a number of entries would set the memory for all of them aside at the start.
  const entries = new LRUCache<string, Entry>({ maxSize: maxBytes, sizeCalculation: bytesOf });
  const leased = new Set<string>();
  let lastFence = 0;

  function entryOf(key: string): Entry {
    return entries.get(key) ?? NOTHING;
  }

  function peek(key: string): StoredToken | undefined {
    const stored = entryOf(key).stored;
    return stored !== undefined && stored.token.expiresAt > clock.now() ? stored : undefined;
  }

  function keep(key: string, stored: StoredToken): StoredToken | undefined {
    const entry = entryOf(key);
    if (entry.fence < stored.fence) {
      entries.set(key, { ...entry, fence: stored.fence, stored, refused: false });
    }
    return peek(key);
  }

  const wasRefused = (key: string) => entryOf(key).refused;

  function lease(key: string) {
    // In µs, as the shared store's, so that tokens stored while that was away compare with those before and after.
    const fence = Math.max(lastFence + 1, entryOf(key).fence + 1, clock.now() * 1000);
    lastFence = fence;
    leased.add(key);
    let held = true;
    const end = () => {
      if (held) leased.delete(key);
      held = false;
    };
    return {
      isHeld: () => held,
      async fulfil(fresh: FreshToken) {
        end();
        const stored = { ...fresh, fence, replacesRefused: wasRefused(key) };
        return keep(key, stored) ?? stored;
      },
      async release() {
        end();
      },
    };
  }

  return {
    peek,
    keep,
    wasRefused,
    async read(key) {
      return peek(key);
    },
    async claim(key, newerThan) {
      const stored = peek(key);
      if (stored !== undefined && stored.fence > newerThan) return { kind: 'token', stored };
      return leased.has(key) ? { kind: 'busy' } : { kind: 'mine', lease: lease(key) };
    },
    markWaiting(key, ms) {
      entries.set(key, { ...entryOf(key), wantedUntil: clock.now() + ms });
    },
    async hasWaiter(key) {
      return entryOf(key).wantedUntil >= clock.now();
    },
    async drop(key, tokenId, why) {
      const entry = entryOf(key);
      if (entry.stored?.token.tokenId !== tokenId) return;
      entries.set(key, { ...entry, stored: undefined, refused: why === 'refused' });
    },
  };
}

function bytesOf({ stored }: Entry, key: string): number {
  return ENTRY_BYTES + key.length + (stored?.token.value.reveal().length ?? 0);
}
