import { z } from 'zod';
import type { ExchangeBudget } from '../../../domain/ports/exchange-budget.ts';
import type { ExchangeLimit } from '../../../domain/rules/exchange-limit.ts';
import type { RedisClient } from '../redis-client.ts';

const takeReply = z.tuple([z.union([z.literal(0), z.literal(1)]), z.number()]);

/** The budget of all replicas, on Redis' own clock. The same log of grants as in memory. */
export function createRedisExchangeBudget(client: RedisClient, limit: ExchangeLimit): ExchangeBudget {
  return {
    limit,
    async take(host) {
      const { grants, pause } = keysOf(host);
      const reply = await client.takeExchange([grants, pause], [limit.exchanges, limit.windowMs]);
      const [granted, number] = takeReply.parse(reply);
      return granted === 1 ? { granted: true, left: number } : { granted: false, waitMs: number };
    },
    async pause(host, ms) {
      await client.pauseExchanges([keysOf(host).pause], [Math.max(1, Math.ceil(ms))]);
    },
  };
}

// In braces what a Redis cluster places keys by: those of one script belong together.
function keysOf(host: string) {
  return { grants: `budget:{${host}}`, pause: `pause:{${host}}` };
}
