import { describe, expect, test } from 'vitest';
import { createTenantPace } from '../../src/portal/tokens/tenant-pace.ts';
import { createMemoryExchangeBudget } from '../../src/storage/memory/exchange-budget.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const ACME = 'https://acme.example';
const GLOBEX = 'https://globex.example';

function world({ maxWaiting = 100 } = {}) {
  const stopping = new AbortController();
  const time = new VirtualTime();
  const budget = createMemoryExchangeBudget(time, { exchanges: 2, windowMs: 10_000 });
  const pace = createTenantPace({ budget, timer: time, maxWaiting, stopping: stopping.signal });
  const passed: string[] = [];
  const send = (name: string, host = ACME) => pace.acquire(host).then(() => void passed.push(name));
  return { time, budget, pace, passed, send, stopping };
}

describe('the pace of requests to a tenant', () => {
  test('requests pass as the budget grants them, first come first served', async () => {
    const { time, passed, send } = world();
    for (const name of ['a', 'b', 'c', 'd', 'e']) void send(name);
    await time.advance(9_000);
    expect(passed).toEqual(['a', 'b']);
    await time.advance(1_000);
    expect(passed).toEqual(['a', 'b', 'c', 'd']);
    await time.advance(10_000);
    expect(passed).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('requests to one tenant never wait for another', async () => {
    const { time, passed, send } = world();
    for (const name of ['a', 'b', 'c']) void send(name);
    void send('globex', GLOBEX);
    await time.settle();
    expect(passed).toContain('globex');
    expect(passed).not.toContain('c');
  });

  test('the pace shares its budget, and pauses with it after a 429', async () => {
    const { time, budget, pace, passed, send } = world();
    await budget.take(ACME);
    await pace.pause(ACME, 3_000);
    expect(await budget.take(ACME)).toMatchObject({ granted: false });
    void send('a');
    void send('b');
    await time.advance(3_000);
    expect(passed).toEqual(['a']);
  });

  test('waiting requests fail when the portal stops', async () => {
    const { time, passed, send, stopping } = world();
    for (const name of ['a', 'b']) void send(name);
    const late = send('c');
    await time.settle();
    stopping.abort();
    await expect(late).rejects.toMatchObject({ code: 'qlik_rate_limited' });
    expect(passed).toEqual(['a', 'b']);
  });

  test('a request is refused where too many wait', async () => {
    const { time, send } = world({ maxWaiting: 2 });
    for (const name of ['a', 'b', 'c']) void send(name);
    await time.settle();
    void send('d');
    void send('e');
    await expect(send('f')).rejects.toMatchObject({ code: 'qlik_rate_limited', retryAfterS: 60 });
  });
});
