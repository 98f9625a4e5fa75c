import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../src/domain/model/secret.ts';
import { tokenKey } from '../../../src/domain/rules/token-key.ts';
import type { TokenRequest } from '../../../src/domain/model/token.ts';
import {
  answerAfter,
  brokerFixture,
  HOUR,
  LIFE,
  MINUTE,
  refuseWith,
  requestOf,
  tokenRequest,
} from '../../support/broker-fixture.ts';

const meaning = ({ tenantId, host, client, user, scopes }: TokenRequest) => ({
  tenantId,
  host,
  clientId: client.clientId,
  user,
  scopes: scopes.toSorted(),
});

describe('the token key', () => {
  const part = fc.oneof(fc.constantFrom('a', 'b', '"', '",', '["a"]', ''), fc.string({ maxLength: 4 }));
  const anyRequest: fc.Arbitrary<TokenRequest> = fc
    .record({
      tenantId: part,
      host: part,
      clientId: part,
      field: fc.constantFrom('userId' as const, 'subject' as const),
      value: part,
      scopes: fc.array(part, { maxLength: 3 }),
    })
    .map(({ tenantId, host, clientId, field, value, scopes }) => ({
      tenantId,
      host,
      client: { clientId, authentication: { method: 'client_secret', secret: new Secret(value) } },
      user: { field, value },
      scopes,
    }));

  it('two requests share a token only where tenant, host, client, user and scopes are the same [ASVS 8.4.1] [RFC 10017 6.2.2.3]', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, (one, other) => {
        const same = JSON.stringify(meaning(one)) === JSON.stringify(meaning(other));
        expect(tokenKey(one) === tokenKey(other)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['another tenant', { tenantId: 'globex' }],
    ['another host', { host: 'https://acme.us.qlikcloud.com' }],
    ['another user', { user: { field: 'userId', value: 'other' } }],
    [
      'a subject that is spelt like the user id',
      { user: { field: 'subject', value: '6422bad8022070c06d2417bc' } },
    ],
    ['other scopes', { scopes: ['user_default', 'identity.email:read'] }],
  ] as const)('a request with %s gets a token of its own', async (_, change) => {
    const { broker, time, exchanges } = brokerFixture();
    const mine = await time.until(broker.get(tokenRequest()));
    const theirs = await time.until(broker.get(tokenRequest(change)));
    expect(theirs.tokenId).not.toBe(mine.tokenId);
    expect(exchanges).toHaveLength(2);
  });

  it('a rotated secret keeps the cached token, a new client gets a new one', async () => {
    const { broker, time, exchanges } = brokerFixture();
    const first = await time.until(broker.get(tokenRequest()));
    const secret = new Secret('rotated');
    const client = {
      clientId: 'client-of-acme',
      authentication: { method: 'client_secret', secret },
    } as const;
    expect(await time.until(broker.get(tokenRequest({ client })))).toBe(first);
    await time.until(broker.get(tokenRequest({ client: { ...client, clientId: 'new' } })));
    expect(exchanges).toHaveLength(2);
  });
});

describe('the token cache', () => {
  it('one exchange serves a token for most of its life', async () => {
    const { broker, time, exchanges } = brokerFixture();
    for (let minute = 0; minute < 240; minute += 1) {
      await time.until(broker.get(requestOf('u')));
      await time.advance(MINUTE);
    }
    expect(exchanges).toHaveLength(1);
  });

  it('every token served is valid for at least five more minutes, over days', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 90 * MINUTE }), { minLength: 20, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (pauses, jitter) => {
          const { broker, time } = brokerFixture({ random: () => jitter });
          for (const pause of pauses) {
            const { expiresAt } = await time.until(broker.get(requestOf('u')));
            expect(expiresAt - time.now()).toBeGreaterThanOrEqual(5 * MINUTE);
            await time.advance(pause);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('an ageing token is served immediately while one exchange refreshes it in the background', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    const first = await time.until(broker.get(requestOf('u')));
    await time.advance(LIFE - 30 * MINUTE);
    const before = time.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => broker.get(requestOf('u'))));
    expect(time.now()).toBe(before);
    expect(new Set(answers.map(({ tokenId }) => tokenId))).toEqual(new Set([first.tokenId]));
    await time.advance(1_000);
    expect(exchanges).toHaveLength(2);
    expect((await broker.get(requestOf('u'))).tokenId).not.toBe(first.tokenId);
  });

  it('tokens issued together are refreshed at different times', async () => {
    const seen = new Set<number>();
    for (const jitter of [0, 0.25, 0.5, 0.75, 1]) {
      const { broker, time, store } = brokerFixture({ random: () => jitter });
      await time.until(broker.get(requestOf('u')));
      const { refreshAt, token } = (await store.read(tokenKey(requestOf('u'))))!;
      const left = (token.expiresAt - refreshAt) / LIFE;
      expect(left).toBeGreaterThanOrEqual(0.2);
      expect(left).toBeLessThanOrEqual(0.3);
      seen.add(left);
    }
    expect(seen.size).toBe(5);
  });

  it('a failed refresh leaves the token that still works', async () => {
    const fixture = brokerFixture();
    const { broker, time } = fixture;
    const first = await time.until(broker.get(requestOf('u')));
    fixture.answer = refuseWith('qlik_unavailable');
    await time.advance(LIFE - 100 * MINUTE);
    for (let minute = 0; minute < 99; minute += 1) {
      expect((await time.until(broker.get(requestOf('u')), 10_000)).tokenId).toBe(first.tokenId);
      await time.advance(MINUTE - 10_000);
      await time.advance(10_000 - (time.now() % 10_000));
    }
    await time.advance(first.expiresAt - time.now());
    await expect(time.until(broker.get(requestOf('u')))).rejects.toMatchObject({ code: 'qlik_unavailable' });
  });

  it('a failing refresh marks the key as waited for once, not with every answer', async () => {
    const fixture = brokerFixture();
    const { broker, time } = fixture;
    await time.until(broker.get(tokenRequest()));
    fixture.answer = refuseWith('qlik_unavailable');
    await time.advance(0.9 * LIFE);
    const want = vi.spyOn(fixture.store, 'markWaiting');
    for (let index = 0; index < 100; index += 1) await broker.get(tokenRequest());
    expect(want).toHaveBeenCalledTimes(1);
  });

  it('a tenant that hangs does not delay a user whose token is about to expire', async () => {
    const fixture = brokerFixture();
    const { broker, time } = fixture;
    const first = await time.until(broker.get(requestOf('u')));
    await time.advance(LIFE - 4 * MINUTE);
    fixture.answer = () => new Promise(() => {});
    const asked = time.now();
    expect((await time.until(broker.get(requestOf('u')))).tokenId).toBe(first.tokenId);
    expect(time.now() - asked).toBeLessThanOrEqual(2_000);
  });

  it('tokens with a life below the minimum are not exchanged again for each request', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    fixture.answer = answerAfter(time, 40, MINUTE);
    for (let second = 0; second < 600; second += 1) {
      const { expiresAt } = await time.until(broker.get(requestOf('u')));
      expect(expiresAt).toBeGreaterThan(time.now());
      await time.advance(1_000 - (time.now() % 1_000));
    }
    expect(exchanges.length).toBeLessThanOrEqual(40);
  });

  it('after a token is forgotten the user gets a new one', async () => {
    const { broker, time, exchanges } = brokerFixture();
    const first = await time.until(broker.get(requestOf('u')));
    await time.until(broker.get(requestOf('v')));
    expect(await broker.forget(requestOf('u'))).toBe(first);
    expect(await broker.forget(requestOf('u'))).toBeUndefined();
    expect((await time.until(broker.get(requestOf('u')))).tokenId).not.toBe(first.tokenId);
    await broker.get(requestOf('v'));
    expect(exchanges).toHaveLength(3);
  });

  it('forgetting waits for the exchange under way and drops its token too', async () => {
    const { broker, time } = brokerFixture();
    const asked = broker.get(requestOf('u'));
    await time.advance(10);
    const forgotten = broker.forget(requestOf('u'));
    const made = await time.until(asked);
    expect(await forgotten).toBe(made);
    expect(await broker.forget(requestOf('u'))).toBeUndefined();
  });

  it('an expired token is never served', async () => {
    const { broker, time } = brokerFixture();
    const first = await time.until(broker.get(requestOf('u')));
    await time.advance(first.expiresAt - time.now());
    expect((await time.until(broker.get(requestOf('u')))).tokenId).not.toBe(first.tokenId);
    await time.advance(12 * HOUR);
    expect((await time.until(broker.get(requestOf('u')))).expiresAt).toBeGreaterThan(time.now());
  });
});
