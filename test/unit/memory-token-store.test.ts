import { expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { createMemoryTokenStore } from '../../src/storage/memory/token-store.ts';
import { leaseOf, freshToken } from '../contracts/token-store.ts';

it('the memory store stays within its bytes and evicts the least recently used token', async () => {
  const store = createMemoryTokenStore({ clock: systemClock, maxBytes: 20_000 });
  const value = new Secret('t'.repeat(1_200));
  for (let user = 0; user < 100; user += 1) {
    await (await leaseOf(store, `u${user}`)).fulfil(freshToken({ value }));
    store.peek('u0');
  }
  const kept = Array.from({ length: 100 }, (_, user) => `u${user}`).filter((key) => store.peek(key));
  expect(kept).toHaveLength(9);
  expect(kept).toEqual(['u0', ...Array.from({ length: 8 }, (_, last) => `u${92 + last}`)]);
});

it('a token issued here replaces one issued by a clock that is ahead', async () => {
  const store = createMemoryTokenStore({ clock: systemClock });
  const ahead = { ...freshToken(), fence: (systemClock.now() + 60_000) * 1000, replacesRefused: false };
  store.keep('u', ahead);
  const made = await (await leaseOf(store, 'u', ahead.fence)).fulfil(freshToken());
  expect(store.peek('u')).toBe(made);
});
