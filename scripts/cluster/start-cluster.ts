import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composePortal, type Portal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createLogger } from '../../src/logger.ts';
import { addCustomer, type DemoUser } from '../demo/add-customer.ts';
import { startRegion, type Region } from 'qlik-sandbox/region.ts';
import {
  findPostgres,
  INSTALL_POSTGRES,
  startPostgres,
  type PostgresServer,
} from '../servers/postgres-server.ts';
import { INSTALL_REDIS, redisIsInstalled, startRedis, type RedisServer } from '../servers/redis-server.ts';
import { startBalancer, type Balancer } from './balancer.ts';
import { clusterCustomers } from './people.ts';
import { createReplica, type Replica } from './replica.ts';

export interface ClusterOptions {
  /** Of the load balancer; 0 takes a free one. */
  readonly port: number;
  readonly replicas: number;
  /** Variables of the replicas' configuration that should be otherwise. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Several portals behind a load balancer, over one PostgreSQL and one Redis, with sandbox tenants. */
export interface Cluster {
  /** What people open. */
  readonly url: string;
  readonly balancer: Balancer;
  readonly replicas: readonly Replica[];
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly region: Region;
  readonly users: readonly DemoUser[];
  /** What the `portal` command works with. */
  readonly ops: Portal;
  close(): Promise<void>;
}

/** The lines that install what this machine lacks; none where a cluster can start. */
export function missingForCluster(): string[] {
  return [
    ...(findPostgres() === undefined ? [INSTALL_POSTGRES] : []),
    ...(redisIsInstalled() ? [] : [INSTALL_REDIS]),
  ];
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    return { ...(await start(options, (step) => closing.push(step))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: ClusterOptions, onClose: (step: () => unknown) => void) {
  const binaries = findPostgres();
  if (binaries === undefined) throw new Error(`no PostgreSQL on this machine: ${INSTALL_POSTGRES}`);
  const directory = mkdtempSync(join(tmpdir(), 'portal-cluster-'));
  onClose(() => rmSync(directory, { recursive: true, force: true }));
  const postgres = await startPostgres(binaries);
  onClose(() => postgres.remove());
  // Durable, as one that keeps sessions should be.
  const redis = await startRedis({ durable: true });
  onClose(() => redis.close());
  const region = await startRegion({ tenants: clusterCustomers.map(({ id }) => ({ name: id, port: 0 })) });
  onClose(() => region.close());
  const balancer = await startBalancer({ port: options.port });
  onClose(() => balancer.close());

  const environment = {
    PUBLIC_URL: balancer.url,
    TRUST_PROXY: '1',
    SHUTDOWN_DELAY: '1s',
    SESSION_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `cluster:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: (await postgres.createDatabase()).reveal(),
    REDIS_URL: redis.url,
    // Everybody comes from one address here.
    SIGN_IN_ATTEMPTS_PER_ADDRESS: '10000',
    // The sandbox tenants are on this machine.
    INSECURE_ALLOW_LOOPBACK_TENANTS: 'true',
    ...options.environment,
  };
  const ops = await composePortal(
    parseConfig(environment, () => ''),
    { log: createLogger('error') },
  );
  onClose(() => ops.close());
  await ops.storage.migrate();
  const users: DemoUser[] = [];
  for (const customer of clusterCustomers) {
    users.push(...(await addCustomer(ops, region.tenant(customer.id), customer)));
  }

  const names = Array.from({ length: options.replicas }, (_, index) => `portal-${index + 1}`);
  const replicas = await Promise.all(names.map((name) => createReplica({ name, environment, directory })));
  onClose(() => Promise.all(replicas.map((replica) => replica.kill())));
  await Promise.all(replicas.map((replica) => replica.start()));
  balancer.setReplicas(replicas.map(({ url }) => url));
  await balancer.untilInRotation(replicas.length);
  return { url: balancer.url, balancer, replicas, postgres, redis, region, users, ops };
}
