import { createClient } from '@redis/client';
import type { Log } from '../../runtime/log.ts';
import { budgetScripts } from './tokens/budget-scripts.ts';
import { sessionScripts } from './sessions/session-scripts.ts';
import { tokenScripts } from './tokens/token-scripts.ts';

/** Of every key and channel: another version of the portal, with other records, takes another number. */
export const KEY_PREFIX = 'portal:v1:';
const CONNECT_TIMEOUT_MS = 2_000;
/** A silent server, as after a failover, is noticed because it leaves pings unanswered. */
const PING_EVERY_MS = 1_000;
const SILENT_FOR_MS = 5_000;
const LONGEST_RECONNECT_MS = 2_000;
/** Commands that may wait for a Redis which does not answer; more than that fail immediately. */
const MAX_QUEUED = 10_000;

export type RedisClient = ReturnType<typeof createRedisClient>;

/**
 * A client that is not connected yet, and later reconnects without end. Without a connection its commands fail immediately
 * instead of queueing: callers have a fallback, or answer 503.
 */
export function createRedisClient({ url, log }: { url: string; log: Log }) {
  const client = createClient({
    url,
    keyPrefix: KEY_PREFIX,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUED,
    // Callers have their own limit. The client's keeps a timer for five seconds after each command.
    commandOptions: { timeout: 0 },
    scripts: { ...tokenScripts, ...budgetScripts, ...sessionScripts },
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENT_FOR_MS,
      reconnectStrategy: (retries) => Math.random() * Math.min(LONGEST_RECONNECT_MS, 50 * 2 ** retries),
    },
  });
  // Without a listener an error event ends the process. The guard says it at warn, once, where it matters.
  client.on('error', (error: Error) => log.debug({ reason: error.message }, 'redis connection failed'));
  return client;
}
