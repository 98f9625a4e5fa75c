import { describe, expect, it, test } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import type { TenantPace } from '../../src/domain/ports/tenant-pace.ts';
import type { QlikHttp, QlikRequest } from '../../src/qlik/http.ts';
import { createLanes, queuedLane, retryingLane } from '../../src/qlik/lanes.ts';

const HOST = 'https://acme.example';

type Method = QlikRequest['method'];
type Outcome = number | PortalError;

/** A tenant that answers with the outcomes one by one, and then with 200. */
function tenant(outcomes: Outcome[] = [], retryAfter = '7') {
  const events: string[] = [];
  const header = (name: string) => (name === 'retry-after' ? retryAfter : undefined);
  const http: QlikHttp = {
    async send({ method }) {
      events.push(`sent ${method}`);
      const outcome = outcomes.shift() ?? 200;
      if (outcome instanceof PortalError) throw outcome;
      return { endpoint: 'X /', status: outcome, json: {}, sentAt: 0, clockSkewMs: 0, header };
    },
    close: () => Promise.resolve(),
  };
  const pace = (name: string): TenantPace => ({
    acquire: async (host) => void events.push(`${name} ${host}`),
    pause: async (host, ms) => void events.push(`${name} pause ${host} ${ms}`),
  });
  return { http, events, pace };
}

const ask = (lane: QlikHttp, method: Method) => lane.send({ host: HOST, method, path: '/' });

function lanes() {
  const { http, events, pace } = tenant();
  const stopping = new AbortController();
  const budget = {
    async take(host: string) {
      events.push(`counted ${host}`);
      return { granted: false, waitMs: 60_000 } as const;
    },
  };
  const created = createLanes(http, { pace: pace('budget'), budget, stopping: stopping.signal });
  return { ...created, events, stopping };
}

function retrying(outcomes: Outcome[], retryAfter?: string) {
  const { http, events } = tenant(outcomes, retryAfter);
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  const lane = retryingLane(http, { onWait: () => undefined, wait });
  return { ask: (method: Method) => ask(lane, method), sent: events, waits };
}

const down = () => new PortalError('qlik_unavailable');
const slow = () => new PortalError('qlik_timeout');

describe('the queued lane', () => {
  test.each([
    ['GET', 'reads'],
    ['POST', 'writes'],
    ['PATCH', 'writes'],
    ['DELETE', 'writes'],
  ] as const)('%s waits for the budget of what %s', async (method, tier) => {
    const { http, events, pace } = tenant();
    await ask(queuedLane(http, { reads: pace('reads'), writes: pace('writes') }), method);
    expect(events).toEqual([`${tier} ${HOST}`, `sent ${method}`]);
  });

  test('a 429 pauses its tier for as long as the tenant says', async () => {
    const { http, events, pace } = tenant([429]);
    const lane = queuedLane(http, { reads: pace('reads'), writes: pace('writes') });
    expect((await ask(lane, 'POST')).status).toBe(429);
    expect(events.at(-1)).toBe(`writes pause ${HOST} 7000`);
  });
});

describe('the lanes of the portal', () => {
  test('an urgent request counts in the budget, and is sent also where the budget is used up', async () => {
    const { urgent, events } = lanes();
    await ask(urgent, 'POST');
    expect(events).toEqual([`counted ${HOST}`, 'sent POST']);
  });

  test('a closing request waits for the budget until the portal stops, and not from then on', async () => {
    const { closing, events, stopping } = lanes();
    await ask(closing, 'POST');
    stopping.abort();
    await ask(closing, 'POST');
    expect(events).toEqual([`budget ${HOST}`, 'sent POST', `counted ${HOST}`, 'sent POST']);
  });

  test('a queued request waits for the budget also while the portal stops', async () => {
    const { queued, events, stopping } = lanes();
    stopping.abort();
    await ask(queued, 'POST');
    expect(events).toEqual([`budget ${HOST}`, 'sent POST']);
  });
});

describe('the retrying lane', () => {
  it.each(['GET', 'POST', 'PATCH', 'DELETE'] as const)(
    'obeys Retry-After for %s: what was refused has not happened',
    async (method) => {
      const { ask: send, sent, waits } = retrying([429, 429]);
      expect((await send(method)).status).toBe(200);
      expect(sent).toHaveLength(3);
      expect(waits).toEqual([7000, 7000]);
    },
  );

  it.each([[down()], [slow()], [500], [503]])('repeats a read after %s, later and later', async (outcome) => {
    const { ask: send, waits } = retrying([outcome, outcome]);
    expect((await send('GET')).status).toBe(200);
    expect(waits).toEqual([500, 1000]);
  });

  it.each(['POST', 'PATCH', 'DELETE'] as const)(
    'never repeats a %s that may have happened',
    async (method) => {
      for (const outcome of [500, 503]) {
        const { ask: send, sent } = retrying([outcome]);
        expect((await send(method)).status).toBe(outcome);
        expect(sent).toHaveLength(1);
      }
      for (const outcome of [down(), slow()]) {
        const { ask: send, sent } = retrying([outcome]);
        await expect(send(method)).rejects.toBe(outcome);
        expect(sent).toHaveLength(1);
      }
    },
  );

  it('gives up after three retries, or where the tenant asks for too long a wait', async () => {
    const failing = retrying([500, 500, 500, 500, 500]);
    expect((await failing.ask('GET')).status).toBe(500);
    expect(failing.sent).toHaveLength(4);
    const long = retrying([429], '3600');
    expect((await long.ask('GET')).status).toBe(429);
    expect(long.sent).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 409])('takes a %i for an answer', async (status) => {
    const { ask: send, sent } = retrying([status]);
    expect((await send('GET')).status).toBe(status);
    expect(sent).toHaveLength(1);
  });
});
