import { afterEach, describe, expect, test, vi } from 'vitest';
import { PortalError } from '../../src/domain/errors.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

let portal: TestPortal;
afterEach(() => portal.close());

describe('/healthz and /readyz', () => {
  test('are fine when the portal is', async () => {
    portal = await startPortal();
    for (const path of ['/healthz', '/readyz']) {
      const answer = await portal.request.get(path);
      expect([answer.status, answer.get('Cache-Control')]).toEqual([200, 'no-store']);
    }
  });

  test.each([
    ['says so', new PortalError('storage_unavailable')],
    ['breaks', new Error('connect ECONNREFUSED 10.0.0.5:5432')],
  ])('without its database the portal lives, but is not ready: when it %s', async (_how, failure) => {
    portal = await startPortal({
      replace: ({ storage }) => ({ storage: { ...storage, ping: () => Promise.reject(failure) } }),
    });
    expect((await portal.request.get('/healthz')).status).toBe(200);
    const answer = await portal.request.get('/readyz');
    expect([answer.status, answer.body]).toEqual([
      503,
      expect.objectContaining({ code: 'storage_unavailable' }),
    ]);
    expect(answer.text).not.toContain('10.0.0.5');
  });

  test('a database that hangs is not waited for', async () => {
    const asked = Promise.withResolvers<void>();
    const ping = () => {
      asked.resolve();
      return new Promise<void>(() => {});
    };
    portal = await startPortal({ replace: ({ storage }) => ({ storage: { ...storage, ping } }) });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = portal.request.get('/readyz').then(({ status }) => status);
    await asked.promise;
    // And a moment for what came while the process was busy.
    vi.advanceTimersByTime(2_010);
    vi.useRealTimers();
    expect(await answer).toBe(503);
  });
});
