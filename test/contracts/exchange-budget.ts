import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ExchangeBudget } from '../../src/domain/ports/exchange-budget.ts';
import type { ExchangeLimit } from '../../src/domain/rules/exchange-limit.ts';

const newHost = () => `https://${randomUUID()}.eu.qlikcloud.com`;

/** What every budget keeps to; `open` gives one that shares its counts with all others of the same test. */
export function exchangeBudgetContract(open: (limit: ExchangeLimit) => Promise<ExchangeBudget>): void {
  describe('contract of an exchange budget', () => {
    it('the budget grants its limit and no more to simultaneous callers, and says how many are left', async () => {
      const budget = await open({ exchanges: 20, windowMs: 60_000 });
      const host = newHost();
      const answers = await Promise.all(Array.from({ length: 50 }, () => budget.take(host)));
      const granted = answers.filter((answer) => answer.granted);
      expect(granted.map(({ left }) => left)).toEqual(Array.from({ length: 20 }, (_, index) => 19 - index));
      expect(answers.filter((answer) => !answer.granted)).toHaveLength(30);
    });

    it('the budget says when the oldest grant leaves the window, and grants one then', async () => {
      const budget = await open({ exchanges: 2, windowMs: 400 });
      const host = newHost();
      await budget.take(host);
      await sleep(200);
      await budget.take(host);
      const refused = await budget.take(host);
      expect(refused.granted).toBe(false);
      const waitMs = refused.granted ? 0 : refused.waitMs;
      expect(waitMs).toBeGreaterThan(50);
      expect(waitMs).toBeLessThanOrEqual(250);
      await sleep(waitMs + 5);
      expect((await budget.take(host)).granted).toBe(true);
      expect((await budget.take(host)).granted).toBe(false);
    });

    it("the budget of one tenant is independent of another's", async () => {
      const budget = await open({ exchanges: 1, windowMs: 60_000 });
      const [mine, theirs] = [newHost(), newHost()];
      await budget.take(mine);
      await budget.pause(mine, 60_000);
      expect((await budget.take(theirs)).granted).toBe(true);
    });

    it('a pause refuses all requests until its end, and a shorter one does not shorten it', async () => {
      const budget = await open({ exchanges: 100, windowMs: 60_000 });
      const host = newHost();
      await budget.pause(host, 300);
      await budget.pause(host, 50);
      const refused = await budget.take(host);
      const waitMs = refused.granted ? 0 : refused.waitMs;
      expect(waitMs).toBeGreaterThan(150);
      expect(waitMs).toBeLessThanOrEqual(300);
      await sleep(waitMs + 5);
      expect((await budget.take(host)).granted).toBe(true);
    });
  });
}
