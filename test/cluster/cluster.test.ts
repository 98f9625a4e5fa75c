import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  drills,
  drillTable,
  runDrill,
  startWork,
  type Drill,
  type DrillResult,
} from '../../scripts/cluster/drills.ts';
import type { Visit } from '../../scripts/cluster/load.ts';
import { askForToken, guess, signIn, signOut } from '../../scripts/cluster/visitor.ts';
import type { DemoUser } from '../../scripts/demo/add-customer.ts';
import { describeCluster } from '../support/cluster.ts';

const IMPERSONATION = 'urn:qlik:oauth:user-impersonation';

describeCluster('three portals, one PostgreSQL, one Redis', (cluster) => {
  const replica = (index: number) => cluster().replicas[index]!.url;
  const statuses = (cookie: string) =>
    Promise.all(cluster().replicas.map(async ({ url }) => (await askForToken(url, cookie)).status));

  /** Someone of the first tenant whom no other test touches. */
  const someone = (index: number): DemoUser =>
    cluster().users.filter(({ tenant }) => tenant === 'acme')[index]!;

  describe('are one portal', () => {
    test('signed in on one, a token from another, and signed out on the third is signed out on all', async () => {
      const cookie = await signIn(replica(0), someone(0));
      const answer = await askForToken(replica(1), cookie);
      expect(answer.status).toBe(200);
      const { host, access_token: token } = (await answer.json()) as { host: string; access_token: string };
      const me = await fetch(`${host}/api/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } });
      expect(await me.json()).toMatchObject({ id: someone(0).qlikUserId });

      expect((await signOut(replica(2), cookie)).status).toBe(204);
      expect(await statuses(cookie)).toEqual([401, 401, 401]);
    });

    test('300 requests for one person at once, over all portals, cost one exchange', async () => {
      const { journal } = cluster().region.tenant('acme').state;
      const cookie = await signIn(cluster().url, someone(1));
      const before = journal.count({ grant: IMPERSONATION });
      const answers = await Promise.all(
        Array.from({ length: 300 }, async (_, index) => {
          const answer = await askForToken(replica(index % 3), cookie);
          const { access_token: token } = (await answer.json()) as { access_token: string };
          return token;
        }),
      );
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toBeTypeOf('string');
      expect(journal.count({ grant: IMPERSONATION }) - before).toBe(1);
    });

    test('whoever is disabled is refused by the next request to any of them', async () => {
      const user = someone(2);
      const cookie = await signIn(replica(0), user);
      expect(await statuses(cookie)).toEqual([200, 200, 200]);
      const { accounts } = cluster().ops.storage;
      const account = await accounts.findByEmail(user.email);
      await accounts.save({ ...account!, status: 'disabled' });
      expect(await statuses(cookie)).toEqual([401, 401, 401]);
    });

    test('ops end all sessions of a person, on every one of them [ASVS 7.4.5]', async () => {
      const user = someone(3);
      const cookies = [await signIn(replica(0), user), await signIn(replica(1), user)];
      const account = await cluster().ops.storage.accounts.findByEmail(user.email);
      const { sessionRegistry } = cluster().ops.storage;
      expect(await sessionRegistry.endAllOf({ userId: account!.id })).toBe(2);
      for (const cookie of cookies) expect(await statuses(cookie)).toEqual([401, 401, 401]);
    });

    test('guesses at a password are counted over all of them [ASVS 6.3.1]', async () => {
      const seen = [];
      for (let index = 0; index < 7; index += 1) {
        seen.push(await guess(replica(index % 3), someone(4).email));
      }
      // Half of an account's ten attempts may come from one address.
      expect(seen).toEqual([401, 401, 401, 401, 401, 429, 429]);
    });
  });

  describe('lose no request and sign nobody out while', () => {
    const SESSIONS = 12;
    const results: DrillResult[] = [];
    let visits: Visit[];
    beforeAll(async () => {
      visits = await startWork(cluster(), SESSIONS);
    });
    // For docs/operations/capacity.md.
    afterAll(() => void process.stdout.write(`\n${drillTable(results)}\n`));

    const fine = { lost: 0, signedOut: 0 };
    const unnoticed = { ...fine, cutOff: 0, toldToWait: 0 };

    async function resultOf(drill: Drill): Promise<DrillResult> {
      const result = await runDrill(cluster(), drill, visits);
      results.push(result);
      if (result.answered <= SESSIONS) throw new Error('the people had nothing to do');
      return result;
    }

    test('nothing happens', async () => {
      expect(await resultOf(drills.calm)).toMatchObject(unnoticed);
    });

    test('all portals are restarted in turn: nobody even notices', async () => {
      expect(await resultOf(drills.rollingRestart)).toMatchObject(unnoticed);
      expect(cluster().replicas.map(({ exitCodes }) => exitCodes)).toEqual([[0], [0], [0]]);
    });

    test('a portal is killed: only what it had in hand is cut off', async () => {
      const result = await resultOf(drills.killedPortal);
      expect(result).toMatchObject(fine);
      expect(result.cutOff).toBeLessThanOrEqual(SESSIONS + 1);
    });

    test('Redis is killed and comes back', async () => {
      expect(await resultOf(drills.killedRedis)).toMatchObject(fine);
    });

    test('PostgreSQL is restarted', async () => {
      expect(await resultOf(drills.restartedPostgres)).toMatchObject(fine);
    });

    test('another tenant hangs: nobody of this one waits for it', async () => {
      expect(await resultOf(drills.hangingTenant)).toMatchObject(unnoticed);
    });

    test('others came meanwhile, signed in and got tokens of their own', () => {
      const { journal } = cluster().region.tenants.at(-1)!.state;
      expect(journal.count({ grant: IMPERSONATION })).toBeGreaterThan(15);
    });
  });
});
