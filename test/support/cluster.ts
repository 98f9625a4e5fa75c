import { afterAll, beforeAll } from 'vitest';
import { missingForCluster, startCluster, type Cluster } from '../../scripts/cluster/start-cluster.ts';
import { describeWith } from './describe-with.ts';

/** Runs a suite against three portals behind a load balancer, with a real PostgreSQL and Redis of their own. */
export function describeCluster(name: string, suite: (cluster: () => Cluster) => void): void {
  describeWith(missingForCluster(), name, () => {
    let running: Cluster | undefined;
    beforeAll(async () => {
      running = await startCluster({ port: 0, replicas: 3, environment: { QLIK_TIMEOUT: '3s' } });
    }, 120_000);
    afterAll(async () => running?.close());
    suite(() => running!);
  });
}
