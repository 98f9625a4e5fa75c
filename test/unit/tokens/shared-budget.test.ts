import { expect, it } from 'vitest';
import type { ExchangeBudget } from '../../../src/domain/ports/exchange-budget.ts';
import { createMemoryExchangeBudget } from '../../../src/storage/memory/exchange-budget.ts';
import { createSharedExchangeBudget } from '../../../src/storage/redis/tokens/shared-exchange-budget.ts';
import { MINUTE } from '../../support/broker-fixture.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const HOST = 'https://acme.eu.qlikcloud.com';

it('a request beyond the local budget takes nothing from the shared one', async () => {
  const time = new VirtualTime();
  const limit = { exchanges: 2, windowMs: 5 * MINUTE };
  const near = createMemoryExchangeBudget(time, limit);
  let taken = 0;
  // A Redis that came back with nothing grants what this process has had already.
  const far: ExchangeBudget = {
    limit,
    async take() {
      taken += 1;
      return { granted: true, left: 100 - taken };
    },
    async pause() {},
  };
  const shared = createSharedExchangeBudget({
    local: near,
    remote: far,
    guard: { orElse: async (ask) => ask() },
  });
  for (let attempt = 0; attempt < 10; attempt += 1) await shared.take(HOST);
  expect(taken).toBe(2);
  await time.advance(MINUTE);
  expect(await shared.take(HOST)).toEqual({ granted: false, waitMs: 4 * MINUTE });
  await time.advance(4 * MINUTE);
  expect(await shared.take(HOST)).toEqual({ granted: true, left: 97 });
});
