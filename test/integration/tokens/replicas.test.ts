import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { PortalError } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/model/secret.ts';
import { systemTimer } from '../../../src/runtime/timer.ts';
import { tokenKey } from '../../../src/domain/rules/token-key.ts';
import type { TokenRequest } from '../../../src/domain/model/token.ts';
import { createTokenBroker, type TokenBroker } from '../../../src/portal/tokens/token-broker.ts';
import { leaseOf, freshToken } from '../../contracts/token-store.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { describeRedis } from '../../support/redis.ts';
import { type Replica, useReplicas } from '../../support/shared-tokens.ts';
import { HOUR, LIFE, MINUTE, requestOf } from '../../support/broker-fixture.ts';

describeRedis('the brokers of three replicas, each with its own memory', (server) => {
  const replicas = useReplicas(server);
  let stores: Replica['store'][];
  let brokers: TokenBroker[];
  let exchanges: TokenRequest[];
  let works = true;

  beforeEach(async () => {
    const patient = { timing: { timeoutMs: 10_000 } };
    const started = await Promise.all([1, 2, 3].map(() => replicas.start(patient)));
    stores = started.map(({ store }) => store);
    brokers = started.map(brokerOn);
    exchanges = [];
    works = true;
  });

  function brokerOn({ store, budget }: Pick<Replica, 'store' | 'budget'>): TokenBroker {
    const { log } = recordingLog();
    const chance = { timer: systemTimer, random: Math.random };
    const deps = { oauth: { impersonate }, store, budget, clock: systemClock };
    return createTokenBroker({ ...deps, ...chance, log, observe() {} });
  }

  async function impersonate(request: TokenRequest) {
    exchanges.push(request);
    if (!works) throw new PortalError('qlik_timeout');
    const issuedAt = systemClock.now();
    const value = new Secret(randomUUID());
    return { tokenId: randomUUID(), value, scope: 'user_default', issuedAt, expiresAt: issuedAt + LIFE };
  }

  /** A token that the second knows, and its successor, which only the first and Redis know. */
  async function outpaced(request: TokenRequest, leftMs: number) {
    const key = tokenKey(request);
    const now = systemClock.now();
    const made = freshToken({ issuedAt: now - HOUR, expiresAt: now + leftMs });
    const old = await (await leaseOf(stores[0]!, key)).fulfil({ ...made, refreshAt: now });
    await stores[1]!.read(key);
    const successor = await (await leaseOf(stores[0]!, key, old.fence)).fulfil(freshToken());
    expect(stores[1]!.peek(key)?.token.tokenId).toBe(old.token.tokenId);
    return successor.token;
  }

  it('a refused token is dropped also by a replica that has an older one in memory', async () => {
    const request = requestOf(randomUUID());
    const refused = await outpaced(request, HOUR);
    const { tokenId } = await brokers[1]!.reject(request, refused.tokenId);
    expect(exchanges).toHaveLength(1);
    await expect.poll(async () => (await brokers[0]!.get(request)).tokenId, { timeout: 2_000 }).toBe(tokenId);
    expect(exchanges).toHaveLength(1);
  });

  it('a replica whose token is about to expire finds the successor in Redis while the tenant is down', async () => {
    const request = requestOf(randomUUID());
    works = false;
    for (let user = 0; user < 5; user += 1) await brokers[1]!.get(requestOf(randomUUID())).catch(() => {});
    const successor = await outpaced(request, MINUTE);
    expect((await brokers[1]!.get(request)).tokenId).toBe(successor.tokenId);
    expect(exchanges).toHaveLength(5);
  });

  it('a replica that lost its lease while waiting for the budget leaves the exchange to the next holder', async () => {
    const timing = { timeoutMs: 10_000, leaseMs: 300 };
    const replica = await replicas.start({ limit: { exchanges: 1, windowMs: 1_500 }, timing });
    const broker = brokerOn(replica);
    const request = requestOf(randomUUID());
    await broker.get(requestOf(randomUUID()));
    const answer = broker.get(request);
    const admin = replicas.admin();
    const locks = () => admin.keys('portal:v1:lock:*');
    await expect.poll(locks).toHaveLength(1);
    const [lock = ''] = await locks();
    const takenMs = 2_500;
    const takenAt = systemClock.now();
    const expiration = { type: 'PX', value: takenMs } as const;
    await admin.set(lock.replace('portal:v1:', ''), 'another replica', { expiration });
    // The budget has room before that, and the lock is another's until then.
    expect((await answer).issuedAt).toBeGreaterThanOrEqual(takenAt + takenMs - 100);
    expect(exchanges).toHaveLength(2);
  });

  it('every replica knows the replacement of a refused token as such', async () => {
    const people = Array.from({ length: 60 }, () => requestOf(randomUUID()));
    await Promise.all(
      people.map(async (request, person) => {
        const refused = await brokers[person % 3]!.get(request);
        await Promise.all(brokers.map((broker) => broker.get(request)));
        const next = await Promise.all(brokers.map((broker) => broker.reject(request, refused.tokenId)));
        await expect(brokers[(person + 1) % 3]!.reject(request, next[0]!.tokenId)).rejects.toMatchObject({
          code: 'qlik_token_refused',
        });
      }),
    );
    expect(exchanges).toHaveLength(120);
  });
});
