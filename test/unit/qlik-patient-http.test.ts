import { describe, expect, it } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import type { QlikHttp, QlikRequest, QlikResponse } from '../../src/qlik/http.ts';
import { createPatientHttp } from '../../src/qlik/patient-http.ts';

type Outcome = number | PortalError;

function world(outcomes: Outcome[], retryAfter = '7') {
  const sent: QlikRequest[] = [];
  const waits: number[] = [];
  const header = (name: string) => (name === 'retry-after' ? retryAfter : undefined);
  const http: QlikHttp = {
    async send(request) {
      sent.push(request);
      const outcome = outcomes.shift() ?? 200;
      if (outcome instanceof PortalError) throw outcome;
      return {
        endpoint: 'X /',
        status: outcome,
        json: {},
        sentAt: 0,
        clockSkewMs: 0,
        header,
      } satisfies QlikResponse;
    },
    close: () => Promise.resolve(),
  };
  const wait = async (ms: number) => void waits.push(ms);
  const patient = createPatientHttp(http, { onWait: () => undefined, wait });
  const ask = (method: QlikRequest['method']) =>
    patient.send({ host: 'https://acme.example', method, path: '/' });
  return { ask, sent, waits };
}

const down = () => new PortalError('qlik_unavailable');
const slow = () => new PortalError('qlik_timeout');

describe('patience at the command line', () => {
  it.each(['GET', 'POST', 'PATCH', 'DELETE'] as const)(
    'obeys Retry-After for %s: what was refused has not happened',
    async (method) => {
      const { ask, sent, waits } = world([429, 429]);
      expect((await ask(method)).status).toBe(200);
      expect(sent).toHaveLength(3);
      expect(waits).toEqual([7000, 7000]);
    },
  );

  it.each([[down()], [slow()], [500], [503]])('reads again after %s, later and later', async (outcome) => {
    const { ask, waits } = world([outcome, outcome]);
    expect((await ask('GET')).status).toBe(200);
    expect(waits).toEqual([500, 1000]);
  });

  it.each(['POST', 'PATCH', 'DELETE'] as const)(
    'never repeats a %s that may have happened',
    async (method) => {
      for (const outcome of [500, 503]) {
        const { ask, sent } = world([outcome]);
        expect((await ask(method)).status).toBe(outcome);
        expect(sent).toHaveLength(1);
      }
      for (const outcome of [down(), slow()]) {
        const { ask, sent } = world([outcome]);
        await expect(ask(method)).rejects.toBe(outcome);
        expect(sent).toHaveLength(1);
      }
    },
  );

  it('gives up in the end', async () => {
    const failing = world([500, 500, 500, 500, 500]);
    expect((await failing.ask('GET')).status).toBe(500);
    expect(failing.sent).toHaveLength(4);
    const long = world([429], '3600');
    expect((await long.ask('GET')).status).toBe(429);
    expect(long.sent).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 409])('takes a %i for an answer', async (status) => {
    const { ask, sent } = world([status]);
    expect((await ask('GET')).status).toBe(status);
    expect(sent).toHaveLength(1);
  });
});
