import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchangeLimit } from '../../../src/domain/rules/exchange-limit.ts';
import { brokerFixture, MINUTE, refuseWith, requestOf } from '../../support/broker-fixture.ts';
import { retryingPage, rateLimitedTenant, TIER_2 } from '../../support/rate-limited-tenant.ts';

/** For what computes for seconds, in virtual time, on a machine that is busy. */
const LONG_MS = 60_000;

describe('the budget of a tenant', () => {
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    // Half a million refusals, and no look at their stacks.
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it(
    '10,000 users within a minute: no 429, first come first served, done as soon as the limit permits',
    async () => {
      const fixture = brokerFixture({ quiet: true });
      const { time } = fixture;
      const tenant = rateLimitedTenant(fixture);
      const start = time.now();
      const order: string[] = [];
      const pages = Array.from({ length: 10_000 }, async (_, index) => {
        await time.sleep(Math.floor(index / 17) * 100);
        order.push(`u${index}`);
        return retryingPage(fixture, `u${index}`);
      });
      const done = await time.until(Promise.all(pages));
      expect(tenant.refusals).toBe(0);
      expect(fixture.exchanges).toHaveLength(10_000);
      expect(fixture.exchanges.map(({ user }) => user.value)).toEqual(order);
      // 500 immediately and 500 more every five minutes: the last batch may start after 19 windows.
      const permitted = 19 * TIER_2.windowMs;
      expect(Math.max(...done) - start).toBeLessThanOrEqual(permitted * 1.05);
    },
    LONG_MS,
  );

  it(
    'replicas that share the budget stay within it, with one exchange per user',
    async () => {
      const fixture = brokerFixture({ limit: exchangeLimit(20) });
      const { time } = fixture;
      const tenant = rateLimitedTenant(fixture, { ...TIER_2, exchanges: 100 });
      const replicas = [fixture.broker, fixture.replica(), fixture.replica()];
      const pages = Array.from({ length: 900 }, (_, index) =>
        retryingPage(fixture, `u${index % 450}`, () => replicas[index % 3]!),
      );
      await time.until(Promise.all(pages));
      expect(tenant.refusals).toBe(0);
      expect(fixture.exchanges).toHaveLength(450);
    },
    LONG_MS,
  );

  it.each([3, 6])(
    'waiting stays fair where pages come back to any of %i replicas',
    async (count) => {
      const fixture = brokerFixture({ limit: exchangeLimit(20) });
      const { time } = fixture;
      const replicas = [fixture.broker, ...Array.from({ length: count - 1 }, () => fixture.replica())];
      let seed = 1;
      const choose = () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return replicas[seed % count]!;
      };
      const start = time.now();
      const pages = Array.from({ length: 600 }, async (_, index) => {
        await time.sleep(index * 100);
        return retryingPage(fixture, `u${index}`, choose);
      });
      const done = await time.until(Promise.all(pages));
      expect(fixture.exchanges).toHaveLength(600);
      // The limit lets 100 through in each window; no caller is more than one window away from its own.
      const { windowMs } = exchangeLimit(20);
      const offDue = done.map((at, index) => Math.abs(at - start - Math.floor(index / 100) * windowMs));
      expect(Math.max(...offDue)).toBeLessThanOrEqual(windowMs + MINUTE);
    },
    LONG_MS,
  );

  it('a newcomer behind a queue longer than its patience is turned away immediately', async () => {
    const fixture = brokerFixture({ limit: { exchanges: 10, windowMs: 5 * MINUTE } });
    const { broker, time } = fixture;
    const ask = (user: string) => broker.get(requestOf(user)).catch((error: unknown) => error);
    const first = Array.from({ length: 200 }, (_, user) => ask(`u${user}`));
    await time.advance(5 * MINUTE - 10_000);
    const asked = time.now();
    // The next grant is 10 s away, but it is for others.
    expect(await ask('newcomer')).toMatchObject({ code: 'qlik_rate_limited', retryAfterS: 60 });
    expect(time.now()).toBe(asked);
    await time.until(Promise.all(first));
  });

  it('a replica without the fetch in flight answers with Retry-After as well', async () => {
    const fixture = brokerFixture({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time } = fixture;
    await time.until(broker.get(requestOf('first')));
    await time.until(broker.get(requestOf('second')).catch(() => {}));
    await expect(time.until(fixture.replica().get(requestOf('second')))).rejects.toMatchObject({
      code: 'qlik_rate_limited',
    });
  });

  it('while the budget is used up, waiters get Retry-After immediately and cached tokens are served', async () => {
    const fixture = brokerFixture({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time } = fixture;
    const token = await time.until(broker.get(requestOf('first')));
    await expect(time.until(broker.get(requestOf('second')))).rejects.toBeDefined();
    const asked = time.now();
    await expect(broker.get(requestOf('third'))).rejects.toMatchObject({
      code: 'qlik_rate_limited',
      retryAfterS: 60,
    });
    expect(await broker.get(requestOf('first'))).toBe(token);
    expect(time.now()).toBe(asked);
  });

  it("the budget of one tenant is independent of another's", async () => {
    const fixture = brokerFixture({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time } = fixture;
    await time.until(broker.get(requestOf('u', 'acme')));
    await expect(time.until(broker.get(requestOf('v', 'acme')))).rejects.toBeDefined();
    await expect(time.until(broker.get(requestOf('v', 'globex')), 1_000)).resolves.toBeDefined();
  });

  it('a user who does not return loses the position to those who do', async () => {
    const fixture = brokerFixture({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time, exchanges } = fixture;
    await time.until(broker.get(requestOf('first')));
    await time.until(broker.get(requestOf('absent'))).catch(() => {});
    const elsewhere = fixture.replica();
    await time.until(retryingPage(fixture, 'patient', () => elsewhere));
    expect(exchanges.map(({ user }) => user.value)).toEqual(['first', 'patient']);
  });
});

describe('a 429 of the tenant', () => {
  it('a 429 pauses the whole tier of that tenant in every replica, and no other tenant', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    const other = fixture.replica();
    const works = fixture.answer;
    const until = time.now() + 13_000;
    fixture.answer = (request) =>
      time.now() < until && request.tenantId === 'acme'
        ? refuseWith('qlik_rate_limited', { retryAfterS: 13 })(request)
        : works(request);
    const first = broker.get(requestOf('u'));
    await time.advance(1_000);
    const more = [broker.get(requestOf('v')), other.get(requestOf('w'))];
    await expect(time.until(other.get(requestOf('v', 'globex')), 1_000)).resolves.toBeDefined();
    expect(exchanges.filter(({ tenantId }) => tenantId === 'acme')).toHaveLength(1);
    await time.until(Promise.all([first, ...more]));
    expect(time.now()).toBeGreaterThanOrEqual(until);
    expect(exchanges.filter(({ tenantId }) => tenantId === 'acme')).toHaveLength(4);
  });

  it('a 429 leaves cached tokens as they are', async () => {
    const fixture = brokerFixture();
    const { broker, time } = fixture;
    const token = await time.until(broker.get(requestOf('u')));
    fixture.answer = refuseWith('qlik_rate_limited', { retryAfterS: 300 });
    await expect(time.until(broker.get(requestOf('v')))).rejects.toMatchObject({ code: 'qlik_rate_limited' });
    expect(await broker.get(requestOf('u'))).toBe(token);
  });

  it('a 429 without Retry-After pauses the tier for 30 seconds', async () => {
    const fixture = brokerFixture();
    const { time, exchanges } = fixture;
    const works = fixture.answer;
    fixture.answer = refuseWith('qlik_rate_limited');
    const asked = retryingPage(fixture, 'u');
    await time.advance(1_000);
    fixture.answer = works;
    await time.advance(28_000);
    expect(exchanges).toHaveLength(1);
    await time.until(asked);
    expect(exchanges).toHaveLength(2);
  });
});
