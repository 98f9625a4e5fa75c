import { PortalError } from '../../domain/errors.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { Timer } from '../../runtime/timer.ts';
import type { RedisClient } from './redis-client.ts';

/** Redis for callers that have no fallback. */
export interface RedisConnection {
  readonly client: RedisClient;
  /**
   * Asks Redis, and connects for the first question.
   * @throws PortalError storage_unavailable, immediately without a connection, and where no answer comes in time.
   */
  ask<Result>(question: (client: RedisClient) => Promise<Result>): Promise<Result>;
  /** Waits for the first connection, as {@link ask} does, and no longer; never throws. */
  connect(): Promise<void>;
  close(): void;
}

interface RedisConnectionOptions {
  readonly client: RedisClient;
  readonly timer: Timer;
  /** ms that an answer, and the first connection, may take. */
  readonly timeoutMs?: number;
}

export function createRedisConnection({
  client,
  timer,
  timeoutMs = 2_000,
}: RedisConnectionOptions): RedisConnection {
  const limit = { timer, ms: timeoutMs };
  let connecting: Promise<void> | undefined;

  // Awaited once: later callers without a connection fail immediately.
  function firstConnection(): Promise<void> {
    connecting ??= withTimeout(
      client.connect().then(() => undefined),
      limit,
    );
    return connecting.catch(() => undefined);
  }

  async function connect(): Promise<void> {
    if (!client.isReady) await firstConnection();
  }

  return {
    client,
    connect,
    async ask(question) {
      await connect();
      try {
        return await withTimeout(question(client), limit);
      } catch (cause) {
        throw cause instanceof PortalError ? cause : new PortalError('storage_unavailable', { cause });
      }
    },
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}
