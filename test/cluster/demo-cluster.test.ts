import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { askForToken, signIn } from '../../scripts/cluster/visitor.ts';
import type { ClusterSummary } from '../../scripts/demo-cluster.ts';
import { missingForCluster } from '../../scripts/cluster/start-cluster.ts';
import { describeWith } from '../support/describe-with.ts';
import { descendantsOf, isAlive } from '../support/processes.ts';

function demoCluster(...options: string[]): ChildProcess {
  const child = spawn(process.execPath, ['scripts/demo-cluster.ts', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describeWith(missingForCluster(), 'npm run demo:cluster', () => {
  test('--json says in one line who can sign in where, it is true, and Ctrl-C leaves nothing behind', async () => {
    const child = demoCluster('--json', '--port', '0', '--replicas', '2');
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
    const line = chunk.toString();
    expect(line.trim().split('\n')).toHaveLength(1);
    const { portal, replicas, users } = JSON.parse(line) as ClusterSummary;
    expect(replicas.map(({ name }) => name)).toEqual(['portal-1', 'portal-2']);

    const cookie = await signIn(portal, users[0]!);
    for (const { url } of replicas) expect((await askForToken(url, cookie)).status).toBe(200);

    const started = descendantsOf(child.pid!);
    expect(started).toEqual(expect.arrayContaining(replicas.map(({ pid }) => pid)));
    // PostgreSQL and Redis as well.
    expect(started.length).toBeGreaterThan(replicas.length + 1);
    child.kill('SIGINT');
    expect(await exitCode(child)).toBe(0);
    await expect(fetch(portal)).rejects.toThrow('fetch failed');
    expect(started.filter(isAlive)).toEqual([]);
  }, 120_000);

  test('a taken --port is told with the option that moves it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const child = demoCluster('--port', String(port));
    const [said, code] = await Promise.all([text(child.stderr!), exitCode(child)]);
    expect(said).toBe(`Port ${port} is taken. Choose another: --port N\n`);
    expect(code).toBe(2);
  });

  test.each([
    [['--port', '99999'], '--port takes a port from 0 to 65535; 0 takes a free one\n'],
    [['--replicas', '0'], '--replicas takes a number from 1 to 20\n'],
  ])('%j is told', async (options, expected) => {
    const child = demoCluster(...options);
    const [said, code] = await Promise.all([text(child.stderr!), exitCode(child)]);
    expect(said).toBe(expected);
    expect(code).toBe(2);
  });
});
