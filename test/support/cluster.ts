import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingForCluster, startCluster, type Cluster } from '../../sandbox/cluster/start-cluster.ts';

/**
 * Runs a suite against three portals behind a load balancer, with a real PostgreSQL and Redis of their own. Where one of
 * the binaries is missing the suite is reported as skipped, with the line that installs it; with CI=true that is a
 * failure.
 */
export function describeCluster(name: string, suite: (cluster: () => Cluster) => void): void {
  const missing = missingForCluster();
  return missing.length === 0 ? describeWith(name, suite) : reportMissing(name, missing.join(', '));
}

function reportMissing(name: string, missing: string): void {
  test.skipIf(process.env.CI !== 'true')(`${name}: needs ${missing}`, () => {
    expect.fail(`missing on this machine: ${missing}`);
  });
}

function describeWith(name: string, suite: (cluster: () => Cluster) => void): void {
  describe(`${name}, real servers`, () => {
    let running: Cluster | undefined;
    beforeAll(async () => {
      running = await startCluster({ port: 0, replicas: 3, environment: { QLIK_TIMEOUT: '3s' } });
    }, 120_000);
    afterAll(async () => running?.close());
    suite(() => running!);
  });
}
