import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/ports/audit-log.ts';
import { HOUR_MS, type OpenStorage, type StorageUnderTest } from './storage-under-test.ts';

const signIn: AuditEvent = {
  action: 'sign-in',
  result: 'ok',
  actor: 'user-1',
  tenantId: 'acme',
  userId: 'user-1',
  address: '2001:db8::1',
  requestId: 'req-1',
  detail: { method: 'password', attempts: 2, remembered: false },
};

export function auditLogContract(open: OpenStorage): void {
  describe('audit log', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
    });

    test('gives events back as they were recorded, with their time', async () => {
      const { audit } = kept.storage;
      const bare: AuditEvent = { action: 'tenant.provision', result: 'failed', actor: 'ops:deploy' };
      await audit.append(signIn);
      await audit.append(bare);
      const at = kept.clock.now();
      const events = await (await kept.reopen()).audit.read({});
      expect(events.map(({ id: _id, ...event }) => event)).toEqual([
        { ...bare, at },
        { ...signIn, at },
      ]);
      expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    });

    test('tells the order of events within one ms, and when the clock goes back [ASVS 16.2.2]', async () => {
      const { audit } = kept.storage;
      for (let n = 0; n < 50; n += 1) {
        if (n === 25) kept.clock.advance(-HOUR_MS);
        await audit.append({ ...signIn, actor: `actor-${n}` });
      }
      const actors = (await audit.read({})).map(({ actor }) => actor);
      expect(actors).toEqual(Array.from({ length: 50 }, (_, n) => `actor-${49 - n}`));
    });

    test.each([
      ['tenant', { tenantId: 'acme' }, ['a', 'b']],
      ['user', { userId: 'u2' }, ['b', 'c']],
      ['actor', { actor: 'b' }, ['b']],
      ['action', { action: 'sign-out' }, ['c']],
      ['result', { result: 'failed' }, ['b']],
      ['address', { address: '203.0.113.7' }, ['a']],
      ['request', { requestId: 'r-2' }, ['c']],
      ['several', { tenantId: 'acme', userId: 'u2', result: 'failed' }, ['b']],
      ['several that none fits', { tenantId: 'acme', action: 'sign-out' }, []],
    ] as const)('filters by %s', async (_name, filter, actors) => {
      const { audit } = kept.storage;
      const [from, other] = [
        { address: '203.0.113.7', requestId: 'r-1' },
        { address: '203.0.113.8', requestId: 'r-2' },
      ];
      await audit.append({
        action: 'sign-in',
        result: 'ok',
        actor: 'a',
        tenantId: 'acme',
        userId: 'u1',
        ...from,
      });
      await audit.append({ action: 'sign-in', result: 'failed', actor: 'b', tenantId: 'acme', userId: 'u2' });
      await audit.append({
        action: 'sign-out',
        result: 'ok',
        actor: 'c',
        tenantId: 'globex',
        userId: 'u2',
        ...other,
      });
      const found = await audit.read(filter);
      expect(found.map(({ actor }) => actor).toReversed()).toEqual(actors);
    });

    test('filters by time: since is within, until is not', async () => {
      const { audit } = kept.storage;
      const times: number[] = [];
      for (const actor of ['a', 'b', 'c']) {
        times.push(kept.clock.now());
        await audit.append({ ...signIn, actor });
        kept.clock.advance(HOUR_MS);
      }
      const [, since = 0, until = 0] = times;
      const found = await audit.read({ since, until });
      expect(found.map(({ actor }) => actor)).toEqual(['b']);
    });

    test('pages through everything once, newest first, while new events come in', async () => {
      const { audit } = kept.storage;
      for (let n = 0; n < 25; n += 1) await audit.append({ ...signIn, actor: `actor-${n}` });
      const seen: string[] = [];
      let page = await audit.read({ limit: 10 });
      while (page.length > 0) {
        seen.push(...page.map(({ actor }) => actor));
        await audit.append({ ...signIn, actor: 'late' });
        page = await audit.read({ limit: 10, before: page.at(-1)! });
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `actor-${24 - n}`));
    });

    test('removes audit events past their retention and no others', async () => {
      const { audit } = kept.storage;
      await audit.append({ ...signIn, actor: 'old' });
      kept.clock.advance(HOUR_MS);
      const limit = kept.clock.now();
      await audit.append({ ...signIn, actor: 'young' });
      expect(await audit.removeBefore(limit)).toBe(1);
      expect((await audit.read({})).map(({ actor }) => actor)).toEqual(['young']);
    });

    test('removes many audit events in batches, and lets other queries run in between', async () => {
      const { audit } = kept.storage;
      for (let n = 0; n < 10; n += 1) {
        await Promise.all(Array.from({ length: 250 }, () => audit.append(signIn)));
      }
      kept.clock.advance(HOUR_MS);
      await audit.append({ ...signIn, actor: 'young' });
      const others = { turns: 0, over: false };
      const turn = () => {
        others.turns += 1;
        if (!others.over) setImmediate(turn);
      };
      setImmediate(turn);
      expect(await audit.removeBefore(kept.clock.now())).toBe(2_500);
      others.over = true;
      expect(others.turns).toBeGreaterThanOrEqual(2);
      expect((await audit.read({})).map(({ actor }) => actor)).toEqual(['young']);
    });
  });
}
