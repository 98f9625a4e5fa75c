import { setTimeout as sleep } from 'node:timers/promises';
import { atWork, comingAndGoing, startLoad, type LoadResult, type Visit } from './load.ts';
import type { Cluster } from './start-cluster.ts';
import { askForToken, signIn } from './visitor.ts';

/** Something goes wrong while people are at work. */
export interface Drill {
  readonly name: string;
  /** Resolves when it is over and all is as before. */
  readonly happen: (cluster: Cluster) => Promise<void>;
}

export interface DrillResult extends LoadResult {
  readonly drill: string;
}

export const drills = {
  calm: {
    name: 'nothing happens',
    happen: () => sleep(2_000),
  },
  rollingRestart: {
    name: 'every portal is restarted, one after the other',
    async happen({ replicas, balancer }) {
      for (const replica of replicas) {
        await replica.stop();
        await replica.start();
        await balancer.untilInRotation(replicas.length);
      }
    },
  },
  killedPortal: {
    name: 'kill -9 of one portal',
    async happen({ replicas, balancer }) {
      await replicas[0]?.kill();
      await balancer.untilInRotation(replicas.length - 1);
      await replicas[0]?.start();
      await balancer.untilInRotation(replicas.length);
    },
  },
  killedRedis: {
    name: 'kill -9 of Redis, back after a second',
    async happen({ redis, replicas, balancer }) {
      await redis.kill();
      await sleep(1_000);
      await redis.restart();
      await balancer.untilInRotation(replicas.length);
    },
  },
  restartedPostgres: {
    name: 'PostgreSQL is restarted',
    async happen({ postgres, replicas, balancer }) {
      await postgres.stop('SIGINT');
      await sleep(500);
      await postgres.start();
      await balancer.untilInRotation(replicas.length);
    },
  },
  hangingTenant: {
    name: 'another tenant answers no more',
    async happen({ region, users, url }) {
      const [first] = region.tenants;
      const { faults } = first!.state;
      faults.add({ kind: 'hang', match: { path: '/oauth/token' } });
      const theirs = users.filter(({ tenant }) => tenant === first!.name).slice(-6);
      const waiting = theirs.map(async (user) => askForToken(url, await signIn(url, user)));
      await sleep(3_000);
      faults.clear();
      await Promise.allSettled(waiting);
    },
  },
} satisfies Record<string, Drill>;

/** The visits of {@link startWork} go on while it happens. */
export async function runDrill(
  cluster: Cluster,
  drill: Drill,
  visits: readonly Visit[],
): Promise<DrillResult> {
  const load = startLoad({ visits, pauseMs: 10 });
  await sleep(500);
  await drill.happen(cluster);
  await sleep(500);
  return { drill: drill.name, ...(await load.stop()) };
}

const AT_WORK = 4;

/**
 * Of the last tenant: sessions of some people who have a token, and the others, who come one after the other. Nobody of
 * those has a token the first time.
 */
export async function startWork({ url, users }: Cluster, sessions: number): Promise<Visit[]> {
  const tenant = users.at(-1)?.tenant;
  const people = users.filter((user) => user.tenant === tenant);
  const visits = [];
  for (let index = 0; index < sessions; index += 1) {
    const cookie = await signIn(url, people[index % AT_WORK]!);
    await askForToken(url, cookie);
    visits.push(atWork(url, cookie));
  }
  return [...visits, comingAndGoing(url, people.slice(AT_WORK))];
}

const COLUMNS = {
  answered: ({ answered }) => answered,
  'per s': ({ answered, seconds }) => answered / seconds,
  'p50 ms': ({ p50 }) => p50,
  'p99 ms': ({ p99 }) => p99,
  'longest ms': ({ longest }) => longest,
  'cut off': ({ cutOff }) => cutOff,
  'told to wait': ({ toldToWait }) => toldToWait,
  'signed out': ({ signedOut }) => signedOut,
  lost: ({ lost }) => lost,
} satisfies Readonly<Record<string, (result: DrillResult) => number>>;

/** As a Markdown table. Who was cut off or told to wait has asked again; who was not answered then is lost. */
export function drillTable(results: readonly DrillResult[]): string {
  const rows = [
    ['while', ...Object.keys(COLUMNS)],
    ['---', ...Object.keys(COLUMNS).map(() => '---:')],
    ...results.map((result) => [
      result.drill,
      ...Object.values(COLUMNS).map((valueOf) => String(Math.round(valueOf(result)))),
    ]),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
