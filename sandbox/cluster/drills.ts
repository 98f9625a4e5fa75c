import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad, type LoadResult } from './load.ts';
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

/** People of the last tenant are at work while it happens. */
export async function runDrill(
  cluster: Cluster,
  drill: Drill,
  cookies: readonly string[],
): Promise<DrillResult> {
  const load = startLoad({ origin: cluster.url, cookies, pauseMs: 10 });
  await sleep(500);
  await drill.happen(cluster);
  await sleep(500);
  return { drill: drill.name, ...(await load.stop()) };
}

/** Sessions of the tenant whose people are at work in the drills; everyone has a token. */
export async function startWork({ url, users }: Cluster, sessions: number): Promise<string[]> {
  const tenant = users.at(-1)?.tenant;
  const people = users.filter((user) => user.tenant === tenant).slice(0, 4);
  const cookies = [];
  for (let index = 0; index < sessions; index += 1) {
    const cookie = await signIn(url, people[index % people.length]!);
    await askForToken(url, cookie);
    cookies.push(cookie);
  }
  return cookies;
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
