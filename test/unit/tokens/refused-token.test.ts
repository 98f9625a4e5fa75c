import { describe, expect, it } from 'vitest';
import { hasCode } from '../../../src/domain/errors.ts';
import { brokerFixture, LIFE, MINUTE, requestOf } from '../../support/broker-fixture.ts';

describe('a token that Qlik refused', () => {
  it('a refused token is exchanged once, however many tabs and replicas report it', async () => {
    const fixture = brokerFixture();
    const replicas = [fixture.broker, fixture.replica(), fixture.replica()];
    const { time, exchanges } = fixture;
    const refused = await time.until(fixture.broker.get(requestOf('u')));
    const reports = Array.from({ length: 90 }, (_, tab) =>
      replicas[tab % 3]!.reject(requestOf('u'), refused.tokenId),
    );
    const answers = await time.until(Promise.all(reports));
    const late = await time.until(fixture.broker.reject(requestOf('u'), refused.tokenId));
    expect(new Set([...answers, late].map(({ tokenId }) => tokenId)).size).toBe(1);
    expect(late.tokenId).not.toBe(refused.tokenId);
    expect(exchanges).toHaveLength(2);
  });

  it('a refused token is dropped only if it is still the current one', async () => {
    const { broker, time, exchanges } = brokerFixture();
    const old = await time.until(broker.get(requestOf('u')));
    await time.advance(LIFE);
    const current = await time.until(broker.get(requestOf('u')));
    for (const id of [old.tokenId, 'no-such-token', '']) {
      expect(await broker.reject(requestOf('u'), id)).toBe(current);
    }
    expect(exchanges).toHaveLength(2);
  });

  it('reporting the token of another user changes nothing', async () => {
    const { broker, time, exchanges } = brokerFixture();
    const mine = await time.until(broker.get(requestOf('u')));
    const theirs = await time.until(broker.get(requestOf('v')));
    expect(await broker.reject(requestOf('u'), theirs.tokenId)).toBe(mine);
    expect(await broker.get(requestOf('v'))).toBe(theirs);
    expect(exchanges).toHaveLength(2);
  });

  it('a user whose replacement token is refused as well gets qlik_token_refused, at one exchange a minute', async () => {
    const { broker, time, exchanges } = brokerFixture();
    let toldSo = 0;
    for (let second = 0; second < 600; second += 5) {
      const { tokenId } = await time.until(broker.get(requestOf('u')));
      await time.until(broker.reject(requestOf('u'), tokenId)).catch((error: unknown) => {
        if (!hasCode(error, 'qlik_token_refused')) throw error;
        toldSo += 1;
      });
      await time.advance(5_000 - (time.now() % 5_000));
    }
    expect(exchanges.length).toBeLessThanOrEqual(12);
    expect(toldSo).toBeGreaterThan(100);
  });

  it('a refused replacement is answered with Retry-After, and replaced after that time', async () => {
    const { broker, time } = brokerFixture();
    const first = await time.until(broker.get(requestOf('u')));
    const second = await time.until(broker.reject(requestOf('u'), first.tokenId));
    await expect(broker.reject(requestOf('u'), second.tokenId)).rejects.toMatchObject({
      code: 'qlik_token_refused',
      retryAfterS: 60,
    });
    await time.advance(MINUTE);
    const third = await time.until(broker.reject(requestOf('u'), second.tokenId));
    expect(third.tokenId).not.toBe(second.tokenId);
  });
});
