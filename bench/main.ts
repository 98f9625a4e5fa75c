import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isInstalled } from '../scripts/servers/installed.ts';
import { INSTALL_REDIS, redisIsInstalled, startRedis } from '../scripts/servers/redis-server.ts';
import { countExchanges, everybodyAsks } from './exchanges.ts';
import { describeFigure, type Figure, figure, isMissed } from './figures.ts';
import type { Inside } from './inside-process.ts';
import { INSTALL_WRK } from './load.ts';
import { keepToOtherCores, pinning, said, start, stop } from './process.ts';
import { rush } from './rush.ts';
import { load, measure, ratios, startVariant, type Timing, type Variant } from './rounds.ts';
import { timeToFirstByte } from './start-up.ts';
import type { TenantOptions, TenantReady } from './tenant-process.ts';
import type { VariantOptions } from './variants/variant.ts';

const USERS = 200;
const BARE = 'bare Express';
const ASKS = 'asks each time';
const SQLITE = 'portal, SQLite sessions';
const REDIS = 'portal, Redis';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '3' } },
});
const chosen = { seconds: Number(values.seconds), rounds: Number(values.rounds) };

const figures: Figure[] = [];

function report(...measured: readonly Figure[]): void {
  figures.push(...measured);
  for (const one of measured) say(describeFigure(one));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  if (!isInstalled('wrk')) throw new Error(`the load is made by wrk: ${INSTALL_WRK}`);
  keepToOtherCores();
  say(pinning ? 'what is measured has core 0 for itself' : 'cores cannot be told apart here: expect noise');
  const redis = redisIsInstalled() ? await startRedis() : undefined;
  if (redis === undefined) say(`without Redis: ${INSTALL_REDIS}`);
  const tenant = start(
    './tenant-process.ts',
    { users: USERS, answersInMs: 40 } satisfies TenantOptions,
    'others',
  );
  const directory = mkdtempSync(join(tmpdir(), 'portal-bench-'));
  const running: Variant[] = [];
  try {
    const { users, ...client } = await said<TenantReady>(tenant);
    const options = {
      tenant: client,
      users,
      encryptionKey: randomBytes(32).toString('base64'),
      directory,
      answer: '{}',
    };
    const shared = redis && { ...options, redisUrl: redis.url };
    const begin = async (name: string, script: string, given: VariantOptions = options) => {
      const variant = await startVariant(name, script, given);
      running.push(variant);
      return variant;
    };

    await inside();
    report(...(await rush(10_000)));
    await startUp(directory);
    const portal = await begin(SQLITE, 'portal.ts');
    report(...(await countExchanges('one replica', { tenant, replicas: [portal], users: USERS })));
    if (shared) {
      const replicas = [await begin(REDIS, 'portal.ts', shared)];
      for (const name of ['second', 'third']) replicas.push(await begin(name, 'portal.ts', shared));
      report(...(await countExchanges('three replicas', { tenant, replicas, users: USERS })));
      for (const replica of running.splice(2)) await stop(replica.child);
    }

    const answered = { ...options, answer: await answerOf(portal) };
    await begin(BARE, 'bare-express.ts', answered);
    await begin('usual stack, SQLite sessions', 'usual-stack.ts', answered);
    if (redis)
      await begin('usual stack, Redis sessions', 'usual-stack.ts', { ...answered, redisUrl: redis.url });
    const timing = { ...chosen, directory };
    await throughput(running, timing);
    running.push(await startVariant(ASKS, 'asks-each-time.ts', options));
    await againstAskingEachTime(running, timing);
  } finally {
    for (const { child } of running) await stop(child);
    await stop(tenant);
    await redis?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function inside(): Promise<void> {
  const measured: Inside[] = [];
  for (let round = 0; round < chosen.rounds; round += 1) {
    measured.push(await said<Inside>(start('./inside-process.ts', {}, 'measured')));
  }
  report(
    figure(
      'broker alone: CPU of a warm hit',
      measured.map(({ hitUs }) => hitUs),
      { goal: { atMost: 10 }, unit: ' µs' },
    ),
    figure(
      'broker alone: memory for a cached user beyond the token',
      measured.map(({ bytesPerUser }) => bytesPerUser),
      {
        goal: { atMost: 2_000 },
        unit: ' B',
      },
    ),
  );
}

async function startUp(directory: string): Promise<void> {
  const toTypeScript: number[] = [];
  const toJavaScript: number[] = [];
  await timeToFirstByte('portal', directory);
  for (let round = 0; round < chosen.rounds + 2; round += 1) {
    const bare = await timeToFirstByte('bare Express', directory);
    const bareJavaScript = await timeToFirstByte('bare Express in JavaScript', directory);
    const portal = await timeToFirstByte('portal', directory);
    toTypeScript.push(portal / bare);
    toJavaScript.push(portal / bareJavaScript);
  }
  report(
    // Both without a build, as TypeScript that Node itself reads.
    figure('start to first byte, to bare Express', toTypeScript, { goal: { atMost: 3 }, unit: '×' }),
    figure('  the same, to bare Express in JavaScript', toJavaScript, { unit: '×' }),
  );
}

type Chosen = Omit<Timing, 'connections'> & { readonly rounds: number };

async function throughput(variants: readonly Variant[], timing: Chosen): Promise<void> {
  const goals = new Map([
    [SQLITE, 0.35],
    [REDIS, 0.3],
  ]);
  // All have been through the same: a crowd makes room for itself that is kept.
  await everybodyAsks(variants);
  for (const variant of variants) await load(variant, { ...timing, connections: 10, seconds: 2 });
  for (const connections of [10, 50]) {
    const rounds = await measure(variants, { ...timing, connections });
    for (const { name } of variants.filter((each) => each.name !== BARE)) {
      const goal = goals.get(name);
      report(
        figure(
          `${name}, ${connections} connections, to bare Express`,
          ratios(rounds, 'perSecond', [name, BARE]),
          {
            ...(goal !== undefined && { goal: { atLeast: goal } }),
          },
        ),
      );
    }
    for (const name of goals.keys()) {
      const rss = ratios(rounds, 'rss', [name, BARE]);
      report(figure(`  memory after load, ${name}`, rss, { goal: { atMost: 2.5 }, unit: '×' }));
      report(figure(`  CPU of an answer, ${name}`, ratios(rounds, 'cpuUs', [name, BARE]), { unit: '×' }));
    }
    const perSecond = rounds.get(BARE)?.map((round) => round.perSecond) ?? [];
    report(figure(`  ${BARE}, ${connections} connections`, perSecond, { unit: '/s' }));
  }
}

async function againstAskingEachTime(variants: readonly Variant[], timing: Chosen): Promise<void> {
  const compared = variants.filter(({ name }) => [BARE, SQLITE, ASKS].includes(name));
  const rounds = await measure(compared, { ...timing, connections: 10 });
  // Through bare Express, which ran beside each of the two.
  const portal = ratios(rounds, 'perSecond', [SQLITE, BARE]);
  const asks = ratios(rounds, 'perSecond', [ASKS, BARE]);
  const times = portal.map((ratio, index) => ratio / (asks[index] ?? Number.NaN));
  report(figure(`portal to a back-end that asks each time`, times, { goal: { atLeast: 20 }, unit: '×' }));
}

async function answerOf({ ready }: Variant): Promise<string> {
  const [cookie = ''] = ready.cookies;
  return (await fetch(`${ready.url}/api/qlik-token`, { headers: { cookie } })).text();
}

await main();
const missed = figures.filter((one) => isMissed(one));
say(missed.length === 0 ? 'every goal is met, or missed by less than the noise' : `missed: ${missed.length}`);
process.exitCode = missed.length === 0 ? 0 : 1;
