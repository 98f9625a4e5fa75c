import { describe, expect, it } from 'vitest';
import { hasCode, PortalError } from '../../../src/domain/errors.ts';
import { exchangeLimit } from '../../../src/domain/exchange-budget.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { OAuthClientCredentials } from '../../../src/domain/tenant.ts';
import {
  answerAfter,
  createTokenWorld,
  LIFE,
  MINUTE,
  refuseWith,
  requestOf,
  type TokenWorld,
} from '../../support/token-world.ts';

const TIER = { exchanges: 500, windowMs: 5 * MINUTE };

/** A tenant that counts as Qlik says: over a rolling window, and shuts the whole tier once it is full. */
function strictTenant(world: TokenWorld, { exchanges, windowMs } = TIER) {
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
async function page(world: TokenWorld, user: string, choose = () => world.broker): Promise<number> {
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

function clientWith(clientId: string, secret: string): OAuthClientCredentials {
  return { clientId, authentication: { method: 'client_secret', secret: new Secret(secret) } };
}

describe('the budget of a tenant', () => {
  it('10,000 users within a minute: no 429, first come first served, done as soon as the limit permits', async () => {
    const world = createTokenWorld({ limit: exchangeLimit(100) });
    const { time } = world;
    const tenant = strictTenant(world);
    const start = time.now();
    const order: string[] = [];
    const pages = Array.from({ length: 10_000 }, async (_, index) => {
      await time.sleep(Math.floor(index / 17) * 100);
      order.push(`u${index}`);
      return page(world, `u${index}`);
    });
    const done = await time.until(Promise.all(pages));
    expect(tenant.refusals).toBe(0);
    expect(world.exchanges).toHaveLength(10_000);
    expect(world.exchanges.map(({ user }) => user.value)).toEqual(order);
    // 500 at once and 500 more every five minutes: the last batch may start after 19 windows.
    const permitted = 19 * TIER.windowMs;
    expect(Math.max(...done) - start).toBeLessThanOrEqual(permitted * 1.05);
  }, 120_000);

  it('holds over replicas that share it, and each user still costs one exchange', async () => {
    const world = createTokenWorld({ limit: exchangeLimit(20) });
    const { time } = world;
    const tenant = strictTenant(world, { ...TIER, exchanges: 100 });
    const replicas = [world.broker, world.replica(), world.replica()];
    const pages = Array.from({ length: 900 }, (_, index) =>
      page(world, `u${index % 450}`, () => replicas[index % 3]!),
    );
    await time.until(Promise.all(pages));
    expect(tenant.refusals).toBe(0);
    expect(world.exchanges).toHaveLength(450);
  });

  it.each([3, 6])('is fair where pages come back to any of %i replicas', async (count) => {
    const world = createTokenWorld({ limit: exchangeLimit(20) });
    const { time } = world;
    const replicas = [world.broker, ...Array.from({ length: count - 1 }, () => world.replica())];
    let seed = 1;
    const choose = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return replicas[seed % count]!;
    };
    const start = time.now();
    const pages = Array.from({ length: 600 }, async (_, index) => {
      await time.sleep(index * 100);
      return page(world, `u${index}`, choose);
    });
    const done = await time.until(Promise.all(pages));
    expect(world.exchanges).toHaveLength(600);
    // The limit lets 100 through in each window; nobody is further from the one that is due than the next.
    const { windowMs } = exchangeLimit(20);
    const offDue = done.map((at, index) => Math.abs(at - start - Math.floor(index / 100) * windowMs));
    expect(Math.max(...offDue)).toBeLessThanOrEqual(windowMs + MINUTE);
  });

  it('sends away at once who comes behind a line that is longer than anybody waits', async () => {
    const world = createTokenWorld({ limit: { exchanges: 10, windowMs: 5 * MINUTE } });
    const { broker, time } = world;
    const ask = (user: string) => broker.get(requestOf(user)).catch((error: unknown) => error);
    const first = Array.from({ length: 200 }, (_, user) => ask(`u${user}`));
    await time.advance(5 * MINUTE - 10_000);
    const asked = time.now();
    // The next grant is 10 s away, but it is for others.
    expect(await ask('newcomer')).toMatchObject({ code: 'qlik_rate_limited', retryAfterS: 60 });
    expect(time.now()).toBe(asked);
    await time.until(Promise.all(first));
  });

  it('tells who comes back to a replica that has no part in it when to come back, too', async () => {
    const world = createTokenWorld({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time } = world;
    await time.until(broker.get(requestOf('first')));
    await time.until(broker.get(requestOf('second')).catch(() => {}));
    await expect(time.until(world.replica().get(requestOf('second')))).rejects.toMatchObject({
      code: 'qlik_rate_limited',
    });
  });

  it('tells who waits at once when to come back, and serves those with a token meanwhile', async () => {
    const world = createTokenWorld({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time } = world;
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

  it('of one tenant is not that of another', async () => {
    const world = createTokenWorld({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time } = world;
    await time.until(broker.get(requestOf('u', 'acme')));
    await expect(time.until(broker.get(requestOf('v', 'acme')))).rejects.toBeDefined();
    await expect(time.until(broker.get(requestOf('v', 'globex')), 1_000)).resolves.toBeDefined();
  });

  it('gives the place of somebody who never came back to those who did', async () => {
    const world = createTokenWorld({ limit: { exchanges: 1, windowMs: 5 * MINUTE } });
    const { broker, time, exchanges } = world;
    await time.until(broker.get(requestOf('first')));
    await time.until(broker.get(requestOf('gone'))).catch(() => {});
    const elsewhere = world.replica();
    await time.until(page(world, 'patient', () => elsewhere));
    expect(exchanges.map(({ user }) => user.value)).toEqual(['first', 'patient']);
  });
});

describe('a 429 of the tenant', () => {
  it('makes the whole tier of that tenant wait, in every replica, and nobody else', async () => {
    const world = createTokenWorld();
    const { broker, time, exchanges } = world;
    const other = world.replica();
    const works = world.answer;
    const until = time.now() + 13_000;
    world.answer = (request) =>
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

  it('leaves cached tokens as they are', async () => {
    const world = createTokenWorld();
    const { broker, time } = world;
    const token = await time.until(broker.get(requestOf('u')));
    world.answer = refuseWith('qlik_rate_limited', { retryAfterS: 300 });
    await expect(time.until(broker.get(requestOf('v')))).rejects.toMatchObject({ code: 'qlik_rate_limited' });
    expect(await broker.get(requestOf('u'))).toBe(token);
  });

  it('without Retry-After is waited for as well', async () => {
    const world = createTokenWorld();
    const { time, exchanges } = world;
    const works = world.answer;
    world.answer = refuseWith('qlik_rate_limited');
    const asked = page(world, 'u');
    await time.advance(1_000);
    world.answer = works;
    await time.advance(28_000);
    expect(exchanges).toHaveLength(1);
    await time.until(asked);
    expect(exchanges).toHaveLength(2);
  });
});

describe('a tenant in trouble', () => {
  it('connection errors and 5xx are tried again with full jitter, within the budget', async () => {
    for (const jitter of [0, 0.5, 1]) {
      const world = createTokenWorld({ random: () => jitter });
      const { broker, time, exchanges } = world;
      world.answer = refuseWith('qlik_unavailable');
      const start = time.now();
      await expect(time.until(broker.get(requestOf('u')))).rejects.toMatchObject({
        code: 'qlik_unavailable',
      });
      expect(exchanges).toHaveLength(3);
      expect(time.now() - start).toBe(jitter * 600);
    }
  });

  it.each([
    'qlik_user_disabled',
    'qlik_token_limit',
    'qlik_client_rejected',
    'qlik_timeout',
    'qlik_bad_response',
    'qlik_bad_request',
  ] as const)('%s is not tried again by itself', async (code) => {
    const world = createTokenWorld();
    world.answer = refuseWith(code);
    await expect(world.time.until(world.broker.get(requestOf('u')))).rejects.toMatchObject({ code });
    expect(world.exchanges).toHaveLength(1);
  });

  it('circuit-breaker: a tenant that keeps failing is left alone, then one tries, then all', async () => {
    const world = createTokenWorld();
    const { broker, time, exchanges, events } = world;
    const old = await time.until(broker.get(requestOf('old')));
    world.answer = refuseWith('qlik_timeout');
    for (let user = 0; user < 5; user += 1) {
      await time.until(broker.get(requestOf(`u${user}`))).catch(() => {});
    }
    const before = exchanges.length;
    for (let user = 5; user < 100; user += 1) {
      await expect(broker.get(requestOf(`u${user}`))).rejects.toMatchObject({
        code: 'qlik_timeout',
        retryAfterS: 5,
      });
    }
    expect(await broker.get(requestOf('old'))).toBe(old);
    expect(exchanges).toHaveLength(before);
    await time.advance(5_000);
    world.answer = () => new Promise(() => {});
    const trying = broker.get(requestOf('probe')).catch(() => {});
    await time.advance(100);
    await expect(broker.get(requestOf('other'))).rejects.toBeDefined();
    expect(exchanges).toHaveLength(before + 1);
    await time.until(trying);
    expect(events.filter(({ type }) => type === 'breaker')).toMatchObject([
      { state: 'open' },
      { state: 'half-open' },
    ]);
  });

  it('circuit-breaker: closes when the tenant is well again', async () => {
    const world = createTokenWorld();
    const { broker, time, events } = world;
    const works = world.answer;
    world.answer = refuseWith('qlik_unavailable');
    for (let user = 0; user < 5; user += 1) {
      await time.until(broker.get(requestOf(`u${user}`))).catch(() => {});
    }
    world.answer = works;
    await time.advance(5_000);
    await time.until(broker.get(requestOf('a')));
    await time.until(Promise.all([broker.get(requestOf('b')), broker.get(requestOf('c'))]));
    expect(
      events.filter(({ type }) => type === 'breaker').map((event) => 'state' in event && event.state),
    ).toEqual(['open', 'half-open', 'closed']);
  });

  it('circuit-breaker: a moment of resets costs nobody a token, however many were on their way', async () => {
    const world = createTokenWorld();
    const { broker, time, events } = world;
    const works = world.answer;
    const well = time.now() + 50;
    world.answer = async (request) => {
      if (time.now() >= well) return works(request);
      await time.sleep(10);
      return refuseWith('qlik_unavailable')(request);
    };
    const asked = Array.from({ length: 16 }, (_, user) => broker.get(requestOf(`u${user}`)));
    const answers = await time.until(Promise.allSettled(asked));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
    expect(events.filter(({ type }) => type === 'breaker')).toEqual([]);
  });

  it('circuit-breaker: however many fail at once, it opens once and rests for five seconds', async () => {
    const world = createTokenWorld();
    const { broker, time, events } = world;
    const works = world.answer;
    world.answer = refuseWith('qlik_unavailable');
    const failing = Array.from({ length: 16 }, (_, user) => broker.get(requestOf(`u${user}`)));
    await time.until(Promise.allSettled(failing));
    expect(events.filter(({ type }) => type === 'breaker')).toMatchObject([{ state: 'open' }]);
    await expect(broker.get(requestOf('next'))).rejects.toMatchObject({ retryAfterS: 5 });
    world.answer = works;
    await time.advance(5_000);
    await expect(time.until(broker.get(requestOf('next')))).resolves.toBeDefined();
  });

  it('circuit-breaker: a wrong secret shuts nobody else of the host out, and a mended one works at once', async () => {
    const world = createTokenWorld();
    const { broker, time, exchanges } = world;
    const works = world.answer;
    const { host } = requestOf('u');
    const bad = (user: string, secret: string) => ({
      ...requestOf(user, 'bad'),
      host,
      client: clientWith('client-of-bad', secret),
    });
    const good = { ...requestOf('u', 'good'), host, client: clientWith('client-of-good', 's') };
    world.answer = (request) =>
      request.client.authentication.method === 'client_secret' &&
      request.client.authentication.secret.reveal() === 'wrong'
        ? refuseWith('qlik_client_rejected')(request)
        : works(request);
    for (let user = 0; user < 20; user += 1) {
      await expect(time.until(broker.get(bad(`u${user}`, 'wrong')))).rejects.toMatchObject({
        code: 'qlik_client_rejected',
      });
    }
    expect(exchanges).toHaveLength(5);
    await expect(time.until(broker.get(good))).resolves.toBeDefined();
    await expect(time.until(broker.get(bad('u30', 'right')))).resolves.toBeDefined();
  });

  it('bulkhead: a tenant that hangs costs the others nothing', async () => {
    const world = createTokenWorld();
    const { broker, time, exchanges } = world;
    world.answer = async (request) => {
      if (request.tenantId === 'globex') return answerAfter(time, 40)(request);
      await time.sleep(10_000);
      return refuseWith('qlik_timeout')(request);
    };
    const codes = new Map<string, number>();
    const hanging = Array.from({ length: 1_000 }, (_, user) =>
      broker.get(requestOf(`u${user}`, 'acme')).catch((error: PortalError) => {
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      }),
    );
    for (let user = 0; user < 100; user += 1) {
      const asked = time.now();
      await time.until(broker.get(requestOf(`u${user}`, 'globex')));
      expect(time.now() - asked).toBe(40);
    }
    expect(exchanges.filter(({ tenantId }) => tenantId === 'acme')).toHaveLength(16);
    await time.until(Promise.all(hanging));
    // Those behind the hanging ones are not made to wait for a hang of their own.
    expect(exchanges.filter(({ tenantId }) => tenantId === 'acme')).toHaveLength(16);
    expect(codes).toEqual(new Map([['qlik_timeout', 1_000]]));
  });
});
