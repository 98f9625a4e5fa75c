import { retryingPage, rateLimitedTenant, TIER_2 } from '../test/support/rate-limited-tenant.ts';
import { brokerFixture } from '../test/support/broker-fixture.ts';
import { type Figure, figure } from './figures.ts';

/** Everybody of one large tenant comes within the same minute, on a clock of its own. */
export async function rush(users: number): Promise<Figure[]> {
  const fixture = brokerFixture({ quiet: true });
  const { time } = fixture;
  const tenant = rateLimitedTenant(fixture);
  const start = time.now();
  const came: string[] = [];
  const pages = Array.from({ length: users }, async (_, index) => {
    await time.sleep(Math.floor((index * 60_000) / users));
    came.push(`u${index}`);
    return retryingPage(fixture, `u${index}`);
  });
  const done = await time.until(Promise.all(pages));
  const out = fixture.exchanges.filter(({ user }, index) => user.value !== came[index]).length;
  // A full window at once, then another whenever one is over.
  const permitted = (Math.ceil(users / TIER_2.exchanges) - 1) * TIER_2.windowMs;
  const took = (Math.max(...done) - start) / permitted;
  const name = `${users.toLocaleString('en-US')} users within a minute`;
  return [
    figure(`${name}: 429s of the tenant`, [tenant.refusals], { goal: { exactly: 0 } }),
    figure(`${name}: exchanges`, [fixture.exchanges.length], { goal: { exactly: users } }),
    figure(`${name}: served out of their order`, [out], { goal: { exactly: 0 } }),
    figure(`${name}: time, to what the limit permits`, [took], { goal: { atMost: 1.05 }, unit: '×' }),
  ];
}
