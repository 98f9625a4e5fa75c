import { describe, expect, it } from 'vitest';
import type { PortalError } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../../src/domain/model/tenant.ts';
import { answerAfter, brokerFixture, refuseWith, requestOf } from '../../support/broker-fixture.ts';

function clientWith(clientId: string, secret: string): OAuthClientCredentials {
  return { clientId, authentication: { method: 'client_secret', secret: new Secret(secret) } };
}

describe('a tenant in trouble', () => {
  it('connection errors and 5xx are retried with full jitter, within the budget', async () => {
    for (const jitter of [0, 0.5, 1]) {
      const fixture = brokerFixture({ random: () => jitter });
      const { broker, time, exchanges } = fixture;
      fixture.answer = refuseWith('qlik_unavailable');
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
  ] as const)('%s is not retried', async (code) => {
    const fixture = brokerFixture();
    fixture.answer = refuseWith(code);
    await expect(fixture.time.until(fixture.broker.get(requestOf('u')))).rejects.toMatchObject({ code });
    expect(fixture.exchanges).toHaveLength(1);
  });

  it('circuit breaker: open after repeated failures, then half-open for a single trial', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges, events } = fixture;
    const old = await time.until(broker.get(requestOf('old')));
    fixture.answer = refuseWith('qlik_timeout');
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
    fixture.answer = () => new Promise(() => {});
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

  it('circuit breaker: closes when the tenant works again', async () => {
    const fixture = brokerFixture();
    const { broker, time, events } = fixture;
    const works = fixture.answer;
    fixture.answer = refuseWith('qlik_unavailable');
    for (let user = 0; user < 5; user += 1) {
      await time.until(broker.get(requestOf(`u${user}`))).catch(() => {});
    }
    fixture.answer = works;
    await time.advance(5_000);
    await time.until(broker.get(requestOf('a')));
    await time.until(Promise.all([broker.get(requestOf('b')), broker.get(requestOf('c'))]));
    expect(
      events.filter(({ type }) => type === 'breaker').map((event) => 'state' in event && event.state),
    ).toEqual(['open', 'half-open', 'closed']);
  });

  it('circuit breaker: a short burst of resets fails no request and does not open it', async () => {
    const fixture = brokerFixture();
    const { broker, time, events } = fixture;
    const works = fixture.answer;
    const well = time.now() + 50;
    fixture.answer = async (request) => {
      if (time.now() >= well) return works(request);
      await time.sleep(10);
      return refuseWith('qlik_unavailable')(request);
    };
    const asked = Array.from({ length: 16 }, (_, user) => broker.get(requestOf(`u${user}`)));
    const answers = await time.until(Promise.allSettled(asked));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
    expect(events.filter(({ type }) => type === 'breaker')).toEqual([]);
  });

  it('circuit breaker: many simultaneous failures open it once, for five seconds', async () => {
    const fixture = brokerFixture();
    const { broker, time, events } = fixture;
    const works = fixture.answer;
    fixture.answer = refuseWith('qlik_unavailable');
    const failing = Array.from({ length: 16 }, (_, user) => broker.get(requestOf(`u${user}`)));
    await time.until(Promise.allSettled(failing));
    expect(events.filter(({ type }) => type === 'breaker')).toMatchObject([{ state: 'open' }]);
    await expect(broker.get(requestOf('next'))).rejects.toMatchObject({ retryAfterS: 5 });
    fixture.answer = works;
    await time.advance(5_000);
    await expect(time.until(broker.get(requestOf('next')))).resolves.toBeDefined();
  });

  it('circuit breaker: a wrong secret affects no other client of the host, and the corrected one works immediately', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    const works = fixture.answer;
    const { host } = requestOf('u');
    const bad = (user: string, secret: string) => ({
      ...requestOf(user, 'bad'),
      host,
      client: clientWith('client-of-bad', secret),
    });
    const good = { ...requestOf('u', 'good'), host, client: clientWith('client-of-good', 's') };
    fixture.answer = (request) =>
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

  it('bulkhead: a tenant that hangs costs the others nothing [ASVS 16.5.2]', async () => {
    const fixture = brokerFixture();
    const { broker, time, exchanges } = fixture;
    fixture.answer = async (request) => {
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
