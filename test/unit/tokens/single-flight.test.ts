import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/model/secret.ts';
import type { AccessToken } from '../../../src/domain/model/token.ts';
import {
  brokerFixture,
  HOUR,
  LIFE,
  MINUTE,
  refuseWith,
  requestOf,
  tokenRequest,
} from '../../support/broker-fixture.ts';

describe('single flight', () => {
  it('300 simultaneous requests over three replicas cost one exchange', async () => {
    const fixture = brokerFixture();
    const replicas = [fixture.broker, fixture.replica(), fixture.replica()];
    const asked = Array.from({ length: 300 }, (_, index) => replicas[index % 3]!.get(requestOf('u')));
    const answers = await fixture.time.until(Promise.all(asked));
    expect(fixture.exchanges).toHaveLength(1);
    expect(new Set(answers.map(({ tokenId }) => tokenId)).size).toBe(1);
  });

  it('200 users over three replicas cost 200 exchanges cold and none warm', async () => {
    const fixture = brokerFixture();
    const replicas = [fixture.broker, fixture.replica(), fixture.replica()];
    const all = () =>
      Promise.all(
        Array.from({ length: 600 }, (_, index) => replicas[index % 3]!.get(requestOf(`u${index % 200}`))),
      );
    const cold = await fixture.time.until(all());
    expect(fixture.exchanges).toHaveLength(200);
    expect(await fixture.time.until(all())).toEqual(cold);
    expect(fixture.exchanges).toHaveLength(200);
  });

  it('in any order of events a key never has two simultaneous exchanges, and no answer is older than one before', async () => {
    type Step = {
      kind: 'get' | 'reject' | 'forget' | 'wait' | 'fail';
      replica: number;
      user: number;
      ms: number;
    };
    const step: fc.Arbitrary<Step> = fc.record({
      kind: fc.constantFrom('get', 'get', 'get', 'reject', 'forget', 'wait', 'fail'),
      replica: fc.nat(2),
      user: fc.nat(1),
      ms: fc.oneof(fc.nat(200), fc.nat(2 * HOUR)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.array(fc.nat(3_000), { minLength: 5, maxLength: 5 }),
        async (steps, delays) => {
          const fixture = brokerFixture();
          const { time } = fixture;
          const replicas = [fixture.broker, fixture.replica(), fixture.replica()];
          const atWork = new Map<string, number>();
          let failing = false;
          let atOnce = 0;
          fixture.answer = async ({ user }) => {
            const now = (atWork.get(user.value) ?? 0) + 1;
            atWork.set(user.value, now);
            atOnce = Math.max(atOnce, now);
            const expiresAt = time.now() + LIFE;
            const fails = failing;
            await time.sleep(delays[fixture.exchanges.length % delays.length] ?? 1);
            atWork.set(user.value, 0);
            return fails ? refuseWith('qlik_unavailable')(tokenRequest()) : { expiresAt };
          };
          const newest = new Map<number, number>();
          const last = new Map<number, AccessToken>();
          const running: Promise<unknown>[] = [];
          const check = (user: number, asked: number) => (token: AccessToken) => {
            expect(token.expiresAt).toBeGreaterThan(time.now());
            // No caller that asks after a newer token was seen gets an older one.
            expect(token.issuedAt).toBeGreaterThanOrEqual(asked);
            newest.set(user, Math.max(newest.get(user) ?? 0, token.issuedAt));
            last.set(user, token);
          };
          for (const { kind, replica, user, ms } of steps) {
            const broker = replicas[replica]!;
            const request = requestOf(`u${user}`);
            const seen = newest.get(user) ?? 0;
            if (kind === 'wait') await time.advance(ms);
            if (kind === 'fail') failing = !failing;
            if (kind === 'forget') running.push(broker.forget(request));
            if (kind === 'get') running.push(broker.get(request).then(check(user, seen), () => {}));
            const known = last.get(user);
            if (kind === 'reject' && known) {
              running.push(broker.reject(request, known.tokenId).then(check(user, seen), () => {}));
            }
          }
          await time.until(Promise.all(running));
          expect(atOnce).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('a secret rotated while a request waits is the one that is sent', async () => {
    const fixture = brokerFixture({ limit: { exchanges: 1, windowMs: MINUTE } });
    const { broker, time, exchanges } = fixture;
    await time.until(broker.get(requestOf('first')));
    await expect(time.until(broker.get(requestOf('u')))).rejects.toMatchObject({ code: 'qlik_rate_limited' });
    const client = {
      clientId: 'client-of-acme',
      authentication: { method: 'client_secret', secret: new Secret('rotated') },
    } as const;
    await expect(broker.get({ ...requestOf('u'), client })).rejects.toMatchObject({
      code: 'qlik_rate_limited',
    });
    await time.advance(2 * MINUTE);
    expect(exchanges.at(-1)?.client).toBe(client);
  });
});

describe('failures', () => {
  it('a failure is never cached as an answer, only as a cool-down', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    fixture.answer = refuseWith('qlik_user_disabled');
    await expect(time.until(broker.get(requestOf('u')))).rejects.toMatchObject({
      code: 'qlik_user_disabled',
    });
    for (let request = 0; request < 100; request += 1) {
      await expect(broker.get(requestOf('u'))).rejects.toMatchObject({
        code: 'qlik_user_disabled',
        retryAfterS: 1,
      });
    }
    expect(exchanges).toHaveLength(1);
    fixture.answer = async () => ({ expiresAt: time.now() + LIFE });
    await time.advance(1_000);
    await expect(time.until(broker.get(requestOf('u')))).resolves.toMatchObject({ scope: 'user_default' });
  });

  it('failures of one user do not affect other users', async () => {
    const fixture = brokerFixture();
    const { broker, time } = fixture;
    const works = fixture.answer;
    fixture.answer = (request) =>
      request.user.value === 'left' ? refuseWith('qlik_user_disabled')(request) : works(request);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await expect(time.until(broker.get(requestOf('left')))).rejects.toMatchObject({
        code: 'qlik_user_disabled',
      });
      await time.advance(31_000);
    }
    await expect(time.until(broker.get(requestOf('u')))).resolves.toBeDefined();
  });

  it('repeated failures cool down for longer each time, up to half a minute', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    fixture.answer = refuseWith('qlik_token_limit');
    for (let second = 0; second < 300; second += 1) {
      await broker.get(requestOf('u')).catch(() => {});
      await time.advance(1_000);
    }
    expect(exchanges.length).toBeGreaterThanOrEqual(10);
    expect(exchanges.length).toBeLessThanOrEqual(20);
  });

  it('failures of an hour ago do not lengthen the cool-down after a new one', async () => {
    const fixture = brokerFixture();
    const { broker, time } = fixture;
    fixture.answer = refuseWith('qlik_user_disabled');
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await time.until(broker.get(requestOf('u'))).catch(() => {});
      await time.advance(31_000);
    }
    await time.advance(HOUR);
    await time.until(broker.get(requestOf('u'))).catch(() => {});
    await expect(broker.get(requestOf('u'))).rejects.toMatchObject({ retryAfterS: 1 });
  });

  it('a wrong secret is logged as an error with the Qlik trace id and without the secret', async () => {
    const fixture = brokerFixture();
    const { broker, time, logged } = fixture;
    fixture.answer = refuseWith('qlik_client_rejected', { detail: 'invalid_client', qlikTraceId: 'trace-1' });
    await expect(time.until(broker.get(requestOf('u')))).rejects.toMatchObject({
      code: 'qlik_client_rejected',
    });
    expect(logged).toMatchObject([
      { level: 'error', fields: { tenantId: 'acme', code: 'qlik_client_rejected', qlikTraceId: 'trace-1' } },
    ]);
  });
});
