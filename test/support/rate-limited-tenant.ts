import { hasCode, PortalError } from '../../src/domain/errors.ts';
import { LIFE, MINUTE, requestOf, type BrokerFixture } from './broker-fixture.ts';

/** Qlik's own limit, in the window that it counts over. */
export const TIER_2 = { exchanges: 500, windowMs: 5 * MINUTE };

/** A tenant that counts as Qlik says: over a rolling window, and shuts the whole tier once it is full. */
export function rateLimitedTenant(world: BrokerFixture, { exchanges, windowMs } = TIER_2) {
  const { time } = world;
  const arrived: number[] = [];
  const served: string[] = [];
  const tenant = { served, refusals: 0 };
  let latency = 0;
  world.answer = async ({ user }) => {
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

/** A page that waits as it is told until it has its token, at whichever replica it comes out each time. */
export async function retryingPage(
  world: BrokerFixture,
  user: string,
  choose = () => world.broker,
): Promise<number> {
  for (;;) {
    try {
      await choose().get(requestOf(user));
      return world.time.now();
    } catch (error) {
      // By hand, since this runs half a million times.
      if (!hasCode(error, 'qlik_rate_limited')) throw error;
      const { retryAfterS = 0 } = error;
      if (retryAfterS <= 0 || retryAfterS > 60)
        throw new Error(`told to wait ${retryAfterS} s`, { cause: error });
      await world.time.sleep(retryAfterS * 1_000);
    }
  }
}
