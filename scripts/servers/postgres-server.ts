import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Secret } from '../../src/domain/model/secret.ts';
import { freePort } from './free-port.ts';
import { pathFolders } from './installed.ts';

export const INSTALL_POSTGRES = 'apt-get install -y postgresql';
const READY_WITHIN_MS = 30_000;

export interface PostgresServer {
  readonly port: number;
  /** Makes an empty database and returns its URL. */
  createDatabase(): Promise<Secret>;
  /**
   * SIGINT: an orderly shutdown that waits for no client. SIGQUIT: a crash, recovered from at the next start; not
   * SIGKILL, which the server's own child processes would outlive.
   */
  stop(how: 'SIGQUIT' | 'SIGINT'): Promise<void>;
  /** Again, on the same port, with the same data. */
  start(): Promise<void>;
  /** With a certificate of its own for 127.0.0.1; returns the path of that certificate. Takes a restart. */
  useTls(): string;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** The folder with PostgreSQL's own programs. */
export function findPostgres(): string | undefined {
  // Debian keeps them off the path, one folder for each version.
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed();
  return [...pathFolders(), ...debian].find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

/** A real server on a free loopback port, as an unprivileged user where this process is root. */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'portal-postgres-'));
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  const owner = unprivilegedUser();
  if (owner) [folder, passwordFile].forEach((path) => chownSync(path, owner.uid, owner.gid));
  const options = { ...owner, cwd: folder };
  const initdb = ['-D', data, '-U', 'portal', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(join(binaries, 'initdb'), [...initdb, '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...options,
    stdio: 'pipe',
  });

  const port = await freePort();
  let server: ChildProcess | undefined;
  // Not left behind by a process that is cut short.
  process.once('exit', () => server?.kill('SIGQUIT'));
  async function start() {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await untilReady(child);
    server = child;
  }
  async function stop(how: 'SIGQUIT' | 'SIGINT') {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill(how);
    await once(server, 'exit');
  }
  await start();

  const url = (database: string) => `postgres://portal:${password}@127.0.0.1:${port}/${database}`;
  let databases = 0;
  return {
    port,
    async createDatabase() {
      databases += 1;
      const name = `portal_${databases}`;
      const client = new Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return new Secret(url(name));
    },
    start,
    stop,
    useTls() {
      const [key, certificate] = [join(data, 'server.key'), join(data, 'server.crt')];
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const files = ['-keyout', key, '-out', certificate];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
      execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...curve, ...subject, ...files], {
        ...options,
        stdio: 'pipe',
      });
      appendFileSync(join(data, 'postgresql.conf'), 'ssl = on\n');
      return certificate;
    },
    async remove() {
      await stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)));
  });
  const tooLong = new AbortController();
  await Promise.race([
    ready,
    sleep(READY_WITHIN_MS, undefined, { signal: tooLong.signal, ref: false }).then(() => {
      throw new Error(`postgres is not ready: ${log}`);
    }),
  ]).finally(() => tooLong.abort());
}

/** PostgreSQL refuses to run as root: the user of Debian's package, else nobody. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: numberOf('-u', name), gid: numberOf('-g', name) };
    } catch {
      // No such user; the next.
    }
  }
  return undefined;
}

function numberOf(flag: '-u' | '-g', user: string): number {
  return Number(execFileSync('id', [flag, user], { stdio: 'pipe' }).toString());
}
