import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { freePort } from './free-port.ts';
import { isInstalled } from './installed.ts';

export const INSTALL_REDIS = 'apt-get install -y redis-server';

export interface RedisServer {
  readonly url: string;
  /** kill -9. */
  kill(): Promise<void>;
  /** On the same port, with nothing in it unless it is durable. */
  restart(): Promise<void>;
  /** Connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export function redisIsInstalled(): boolean {
  return isInstalled('redis-server');
}

export interface RedisOptions {
  readonly password?: string;
  /** Paths of a key and its certificate for 127.0.0.1: TLS only. */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Writes everything to disk before it answers, so that a restart finds it. */
  readonly durable?: boolean;
}

/** A real redis-server on a free loopback port, which keeps nothing on disk unless told. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'portal-redis-'));
  const port = await freePort();
  const { password, tls } = options;
  const user = password === undefined ? '' : `:${password}@`;
  const url = `${tls ? 'rediss' : 'redis'}://${user}127.0.0.1:${port}`;
  const flags = flagsOf(port, options);
  let server = await start(flags, directory, url);

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  return {
    url,
    kill,
    async restart() {
      await kill();
      server = await start(flags, directory, url);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async close() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function flagsOf(port: number, { password, tls, durable = false }: RedisOptions): string[] {
  return [
    ['--bind', '127.0.0.1', '--save', ''],
    durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'],
    password === undefined ? [] : ['--requirepass', password],
    tls === undefined
      ? ['--port', String(port)]
      : ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
    tls === undefined ? [] : ['--tls-key-file', tls.key, '--tls-cert-file', tls.certificate],
    tls === undefined ? [] : ['--tls-ca-cert-file', tls.certificate],
  ].flat();
}

async function start(flags: readonly string[], directory: string, url: string): Promise<ChildProcess> {
  const server = spawn('redis-server', [...flags, '--dir', directory], { stdio: 'ignore' });
  // Not left behind by a test run that is cut short.
  process.once('exit', () => server.kill('SIGKILL'));
  const client = createClient({ url, socket: { reconnectStrategy: 20 } });
  client.on('error', () => {});
  await client.connect();
  await client.ping();
  client.destroy();
  return server;
}
