import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../runtime/clock.ts';
import type { Log } from '../../../runtime/log.ts';
import type { Claim, Lease, StoredToken, TokenStore } from '../../../domain/ports/token-store.ts';
import type { Sealer } from '../../sealing.ts';
import { KEY_PREFIX, type RedisClient } from '../redis-client.ts';
import { sealDrop } from './token-drops.ts';
import { openToken, sealToken } from './token-record.ts';

/** What replicas share: as {@link TokenStore}, and every call may fail. */
export interface RedisTokenStore extends Omit<TokenStore, 'peek' | 'claim' | 'markWaiting'> {
  markWaiting(key: string, ms: number): Promise<void>;
  claim(key: string, newerThan: number): Promise<RedisClaim>;
}

export interface RedisLease extends Lease {
  readonly fence: number;
  /** Lets the lease run out by itself. */
  abandon(): void;
}

export type RedisClaim =
  Exclude<Claim, { kind: 'mine' }> | { readonly kind: 'mine'; readonly lease: RedisLease };

interface RedisTokenStoreDeps {
  readonly client: RedisClient;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  /** ms after which the lease of a replica that died is free; a live one renews it. */
  readonly leaseMs?: number;
}

const LEASE_MS = 10_000;
/** How long a key without a token remembers its fence: longer than any answer may be late. */
const KEEP_FENCE_MS = 15 * 60_000;
/** For its messages see `sealDrop`. */
export const DROPPED_CHANNEL = `${KEY_PREFIX}token-dropped`;

const replaces = z.union([z.enum(['0', '1']), z.null()]).transform((said) => said === '1');
const fenced = z.tuple([z.coerce.number(), z.string(), replaces]);
const claimReply = z.union([
  z.tuple([z.literal('token'), z.coerce.number(), z.string(), replaces]),
  z.tuple([z.literal('mine'), z.coerce.number()]),
  z.tuple([z.literal('busy')]),
]);

export function createRedisTokenStore(deps: RedisTokenStoreDeps): RedisTokenStore {
  const { client, sealer, clock, log, leaseMs = LEASE_MS } = deps;

  function open(key: string, reply: unknown): StoredToken | undefined {
    const { data } = fenced.safeParse(reply);
    return data && openOrNothing(key, ...data);
  }

  function openOrNothing(
    key: string,
    fence: number,
    sealed: string,
    replacesRefused: boolean,
  ): StoredToken | undefined {
    try {
      const fresh = openToken(sealer, key, sealed);
      return fresh.token.expiresAt > clock.now() ? { ...fresh, fence, replacesRefused } : undefined;
    } catch (error) {
      // It costs one exchange.
      const reason = error instanceof Error ? error.message : 'unknown';
      log.warn({ reason }, 'token in Redis cannot be opened and is replaced');
      return undefined;
    }
  }

  async function claim(key: string, newerThan: number): Promise<RedisClaim> {
    const owner = randomUUID();
    const keys = keysOf(key);
    const reply = await client.claimToken(
      [keys.record, keys.lock],
      [newerThan, owner, leaseMs, KEEP_FENCE_MS],
    );
    const [kind, fence = 0, sealed = '', replacesRefused = false] = claimReply.parse(reply);
    if (kind === 'busy') return { kind };
    if (kind === 'mine') return { kind, lease: lease(key, owner, fence) };
    const stored = openOrNothing(key, fence, sealed, replacesRefused);
    return stored === undefined ? claim(key, fence) : { kind, stored };
  }

  function lease(key: string, owner: string, fence: number): RedisLease {
    const { record, lock } = keysOf(key);
    const renewing = setInterval(() => void renew(), leaseMs / 3).unref();
    let held = true;
    const abandon = () => {
      held = false;
      clearInterval(renewing);
    };
    const renew = async () => {
      // While Redis is unavailable the holder is unknown. A second exchange is the price; the fence keeps their order.
      const kept = await client.renewTokenLease([lock], [owner, leaseMs]).catch(() => 1);
      if (kept === 0) abandon();
    };
    return {
      fence,
      abandon,
      isHeld: () => held,
      async fulfil(fresh) {
        abandon();
        const ttl = Math.max(1, fresh.token.expiresAt - clock.now());
        const sealed = sealToken(sealer, key, fresh);
        const args = [owner, fence, sealed, fresh.token.tokenId, ttl];
        const kept = open(key, await client.fulfilToken([record, lock], args));
        return kept ?? { ...fresh, fence, replacesRefused: false };
      },
      async release() {
        if (!held) return;
        abandon();
        await client.releaseTokenLease([lock], [owner]);
      },
    };
  }

  return {
    claim,
    async read(key) {
      return open(key, await client.readToken([keysOf(key).record], []));
    },
    async markWaiting(key, ms) {
      await client.set(keysOf(key).wanted, '1', { expiration: { type: 'PX', value: ms } });
    },
    async hasWaiter(key) {
      return (await client.exists(keysOf(key).wanted)) === 1;
    },
    async drop(key, tokenId, why) {
      const args = [tokenId, why, DROPPED_CHANNEL, sealDrop(sealer, [key, tokenId, why])];
      await client.dropToken([keysOf(key).record], args);
    },
  };
}

// Hashed, so that a key shows neither tenant nor user. In braces what a Redis cluster places keys by.
function keysOf(key: string) {
  const name = createHash('sha256').update(key).digest('base64url');
  return { record: `token:{${name}}`, lock: `lock:{${name}}`, wanted: `wanted:{${name}}` };
}
