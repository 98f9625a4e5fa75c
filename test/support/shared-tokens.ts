import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { exchangeLimit, type ExchangeLimit } from '../../src/domain/rules/exchange-limit.ts';
import { systemTimer } from '../../src/runtime/timer.ts';
import type { TokenEvent } from '../../src/runtime/token-events.ts';
import { createRedisClient, type RedisClient } from '../../src/storage/redis/redis-client.ts';
import { openSharedTokens, type SharedTokens } from '../../src/storage/redis/tokens/open-shared-tokens.ts';
import { createSealer } from '../../src/storage/sealing.ts';
import type { RedisServer } from '../../scripts/servers/redis-server.ts';
import { recordingLog } from './recording-log.ts';

export interface ReplicaOptions {
  readonly limit?: ExchangeLimit;
  readonly timing?: { timeoutMs?: number; restMs?: number; leaseMs?: number };
}

export interface Replica extends SharedTokens {
  readonly client: RedisClient;
  readonly events: TokenEvent[];
  readonly logged: ReturnType<typeof recordingLog>['logged'];
}

/** Three replicas of the portal's token store on one Redis, and more where a test wants them. */
export function useReplicas(server: () => RedisServer) {
  const sealer = createSealer([{ id: 'test', key: randomBytes(32) }]);
  const replicas: Replica[] = [];
  let admin: RedisClient;

  beforeAll(async () => {
    admin = createRedisClient({ url: server().url, log: recordingLog().log });
    await admin.connect();
    replicas.push(...(await Promise.all([1, 2, 3].map(() => start({})))));
  });
  afterEach(() => {
    for (const replica of replicas.splice(3)) stop(replica);
  });
  afterAll(async () => {
    for (const replica of replicas) stop(replica);
    admin.destroy();
  });

  async function start({ limit = exchangeLimit(), timing = {} }: ReplicaOptions): Promise<Replica> {
    const events: TokenEvent[] = [];
    const { log, logged } = recordingLog();
    const client = createRedisClient({ url: server().url, log });
    const tokens = openSharedTokens({
      client,
      sealer,
      limit,
      timing,
      log,
      clock: systemClock,
      timer: systemTimer,
      observe: (event) => events.push(event),
    });
    await client.connect();
    tokens.open();
    return { ...tokens, client, events, logged };
  }

  return {
    /** For looking at what is stored in Redis. */
    admin: () => admin,
    /** One of the three that are always there; counts round. */
    one: (index = 0) => replicas[index % 3]!,
    /** One more, for this test alone. */
    async start(options: ReplicaOptions = {}) {
      const replica = await start(options);
      replicas.push(replica);
      return replica;
    },
  };
}

function stop(replica: Replica): void {
  replica.close();
  if (replica.client.isOpen) replica.client.destroy();
}
