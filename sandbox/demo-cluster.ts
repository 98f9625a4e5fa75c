import { parseArgs } from 'node:util';
import { clusterAnnouncement } from './cluster/announcement.ts';
import { drills, drillTable, runDrill, startWork, type DrillResult } from './cluster/drills.ts';
import { missingForCluster, startCluster, type Cluster } from './cluster/start-cluster.ts';

const USAGE = `Starts three portals behind a load balancer on this machine, over a PostgreSQL and a Redis of their own, with
sandbox tenants in place of Qlik Cloud. Forgets everything when it stops.

  npm run demo:cluster -- [--port N] [--replicas N] [--drill] [--json]

  --port N      of the load balancer (3000)
  --replicas N  how many portals (3)
  --drill       break every part in turn while people are at work, print what became of their requests, and stop
  --json        print one line of JSON when ready, for scripts
`;

/** A fault of the call or of the machine, told in one line. */
class UsageError extends Error {}

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) return void process.stdout.write(USAGE);
  const missing = missingForCluster();
  if (missing.length > 0) throw new UsageError(`Missing on this machine:\n  ${missing.join('\n  ')}`);
  const cluster = await startCluster(options).catch(explainTakenPort);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cluster.close());
  if (options.drill) await drill(cluster);
  else
    process.stdout.write(
      options.json ? `${JSON.stringify(summary(cluster))}\n` : clusterAnnouncement(cluster),
    );
}

async function drill(cluster: Cluster): Promise<void> {
  const cookies = await startWork(cluster, 12);
  const results: DrillResult[] = [];
  for (const each of Object.values(drills)) {
    process.stdout.write(`${each.name} …\n`);
    results.push(await runDrill(cluster, each, cookies));
  }
  process.stdout.write(`\n${drillTable(results)}\n`);
  await cluster.close();
}

function summary({ url, replicas, users }: Cluster): object {
  return {
    portal: url,
    replicas: replicas.map(({ name, url: own, pid }) => ({ name, url: own, pid: pid() })),
    users,
  };
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '3000' },
        replicas: { type: 'string', default: '3' },
        drill: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      ...values,
      port: numberFrom('--port', values.port, { from: 0, to: 65_535 }),
      replicas: numberFrom('--replicas', values.replicas, { from: 1, to: 20 }),
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : USAGE);
  }
}

function numberFrom(option: string, text: string, { from, to }: { from: number; to: number }): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= from && number <= to) return number;
  throw new TypeError(`${option} takes a number from ${from} to ${to}`);
}

function explainTakenPort(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    throw new UsageError(`Port ${String(error.port)} is taken. Choose another: --port N`);
  }
  throw error;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
