import { describe, expect, test } from 'vitest';
import type { TenantPace } from '../../src/domain/ports/tenant-pace.ts';
import type { QlikHttp, QlikRequest } from '../../src/qlik/http.ts';
import { createPacedHttp } from '../../src/qlik/paced-http.ts';

const HOST = 'https://acme.example';

const header = (name: string) => (name === 'retry-after' ? '7' : undefined);

function world(status = 200) {
  const told: string[] = [];
  const http: QlikHttp = {
    async send({ method }) {
      told.push(`sent ${method}`);
      return { endpoint: 'X /', status, json: {}, sentAt: 0, clockSkewMs: 0, header };
    },
    close: () => Promise.resolve(),
  };
  const pace = (name: string): TenantPace => ({
    acquire: async (host) => void told.push(`${name} ${host}`),
    pause: async (host, ms) => void told.push(`${name} pause ${host} ${ms}`),
  });
  const paced = createPacedHttp(http, { reads: pace('reads'), writes: pace('writes') });
  return { told, ask: (method: QlikRequest['method']) => paced.send({ host: HOST, method, path: '/' }) };
}

describe('requests in the tenant’s own time', () => {
  test.each([
    ['GET', 'reads'],
    ['POST', 'writes'],
    ['PATCH', 'writes'],
    ['DELETE', 'writes'],
  ] as const)('%s waits for the turn of what %s', async (method, tier) => {
    const { told, ask } = world();
    await ask(method);
    expect(told).toEqual([`${tier} ${HOST}`, `sent ${method}`]);
  });

  test('a 429 makes its tier wait as long as the tenant says', async () => {
    const { told, ask } = world(429);
    expect((await ask('POST')).status).toBe(429);
    expect(told.at(-1)).toBe(`writes pause ${HOST} 7000`);
  });
});
