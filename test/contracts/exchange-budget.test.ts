import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMemoryExchangeBudget } from '../../src/storage/memory/exchange-budget.ts';
import { describeRedis } from '../support/redis.ts';
import { useReplicas } from '../support/shared-tokens.ts';
import { exchangeBudgetContract } from './exchange-budget.ts';

const HOST = 'https://acme.eu.qlikcloud.com';

describe('the exchange budget in memory', () => {
  exchangeBudgetContract(async (limit) => createMemoryExchangeBudget(systemClock, limit));
});

describeRedis('the exchange budget shared through Redis', (server) => {
  const replicas = useReplicas(server);
  exchangeBudgetContract(async (limit) => (await replicas.start({ limit })).budget);

  it('all replicas share one budget and one pause', async () => {
    const limit = { exchanges: 10, windowMs: 60_000 };
    const three = await Promise.all([1, 2, 3].map(() => replicas.start({ limit })));
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => three[index % 3]!.budget.take(HOST)),
    );
    expect(answers.filter(({ granted }) => granted)).toHaveLength(10);
    const other = 'https://globex.eu.qlikcloud.com';
    await three[0]!.budget.pause(other, 60_000);
    expect((await three[1]!.budget.take(other)).granted).toBe(false);
  });

  it('while Redis is away the budget continues with the local count', async () => {
    const limit = { exchanges: 5, windowMs: 60_000 };
    const replica = await replicas.start({ limit, timing: { timeoutMs: 100, restMs: 300 } });
    const host = 'https://away.eu.qlikcloud.com';
    for (let taken = 0; taken < 3; taken += 1) await replica.budget.take(host);
    server().freeze();
    try {
      const answers = [];
      for (let taken = 0; taken < 5; taken += 1) answers.push(await replica.budget.take(host));
      expect(answers.filter(({ granted }) => granted)).toHaveLength(2);
    } finally {
      server().thaw();
    }
  });
});
