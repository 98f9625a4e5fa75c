import { hasCode, PortalError } from '../../src/domain/errors.ts';
import { LIFE, MINUTE, requestOf, type BrokerFixture } from './broker-fixture.ts';

/** Qlik's own limit, in the window that it counts over. */
export const TIER_2 = { exchanges: 500, windowMs: 5 * MINUTE };

/** A tenant that counts as Qlik documents: over a rolling window, closing the whole tier once it is full. */
export function rateLimitedTenant(fixture: BrokerFixture, { exchanges, windowMs } = TIER_2) {
  const { time } = fixture;
  const arrived: number[] = [];
  const served: string[] = [];
  const tenant = { served, refusals: 0 };
  let latency = 0;
  fixture.answer = async ({ user }) => {
    latency = (latency * 31 + 17) % 400;
    await time.sleep(latency);
    const now = time.now();
    while (arrived[0] !== undefined && arrived[0] <= now - windowMs) arrived.shift();
    if (arrived.length >= exchanges) {
      tenant.refusals += 1;
      throw new PortalError('qlik_rate_limited', { retryAfterS: 13 });
    }
    arrived.push(now);
    served.push(user.value);
    await time.sleep(20);
    return { expiresAt: now + LIFE };
  };
  return tenant;
}

/** A page that asks again, when it is told to, until it has its token; each time at the broker that `choose` gives. */
export async function retryingPage(
  fixture: BrokerFixture,
  user: string,
  choose = () => fixture.broker,
): Promise<number> {
  for (;;) {
    try {
      await choose().get(requestOf(user));
      return fixture.time.now();
    } catch (error) {
      // By hand, since this runs half a million times.
      if (!hasCode(error, 'qlik_rate_limited')) throw error;
      const { retryAfterS = 0 } = error;
      if (retryAfterS <= 0 || retryAfterS > 60)
        throw new Error(`told to wait ${retryAfterS} s`, { cause: error });
      await fixture.time.sleep(retryAfterS * 1_000);
    }
  }
}
