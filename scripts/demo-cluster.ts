import { parseArgs } from 'node:util';
import { clusterAnnouncement } from './cluster/announcement.ts';
import { drills, drillTable, runDrill, startWork, type DrillResult } from './cluster/drills.ts';
import { missingForCluster, startCluster, type Cluster } from './cluster/start-cluster.ts';
import {
  countFrom,
  portFrom,
  readArguments,
  runCommand,
  takenPort,
  UsageError,
} from './demo/command-line.ts';

const USAGE = `Starts three portals behind a load balancer on this machine, over a PostgreSQL and a Redis of their own, with
sandbox tenants in place of Qlik Cloud. Forgets everything when it stops.

  npm run demo:cluster -- [--port N] [--replicas N] [--drill] [--json]

  --port N      of the load balancer (3000)
  --replicas N  how many portals (3)
  --drill       break every part in turn while people are at work, print what became of their requests, and stop
  --json        print one line of JSON when ready, for scripts
`;

/** What `--json` prints. */
export interface ClusterSummary {
  readonly portal: string;
  readonly replicas: readonly {
    readonly name: string;
    readonly url: string;
    readonly pid: number | undefined;
  }[];
  readonly users: Cluster['users'];
}

async function main(): Promise<void> {
  const options = readArguments(parse);
  if (options.help) return void process.stdout.write(USAGE);
  const missing = missingForCluster();
  if (missing.length > 0) throw new UsageError(`Missing on this machine:\n  ${missing.join('\n  ')}`);
  const cluster = await startCluster(options).catch(explainTakenPort);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Ends a drill as well, which would go on to start what was stopped.
    process.once(signal, () => void cluster.close().finally(() => process.exit()));
  }
  if (options.drill) return drill(cluster);
  const { json } = options;
  process.stdout.write(json ? `${JSON.stringify(summary(cluster))}\n` : clusterAnnouncement(cluster));
}

async function drill(cluster: Cluster): Promise<void> {
  const visits = await startWork(cluster, 12);
  const results: DrillResult[] = [];
  for (const each of Object.values(drills)) {
    process.stdout.write(`${each.name} …\n`);
    results.push(await runDrill(cluster, each, visits));
  }
  process.stdout.write(`\n${drillTable(results)}\n`);
  await cluster.close();
}

function summary({ url, replicas, users }: Cluster): ClusterSummary {
  return {
    portal: url,
    replicas: replicas.map(({ name, url: own, pid }) => ({ name, url: own, pid: pid() })),
    users,
  };
}

function parse() {
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
    port: portFrom('--port', values.port),
    replicas: countFrom('--replicas', values.replicas, 20),
  };
}

function explainTakenPort(error: unknown): never {
  const port = takenPort(error);
  if (port === undefined) throw error;
  throw new UsageError(`Port ${port} is taken. Choose another: --port N`);
}

await runCommand(main);
