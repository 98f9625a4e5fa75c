import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../servers/free-port.ts';

const MAIN = fileURLToPath(new URL('../../bin/server.js', import.meta.url));

/** One portal process, as `npm start` runs it, always on the same port. */
export interface Replica {
  readonly name: string;
  readonly url: string;
  /** Its log so far, JSON lines, over all its lives. */
  readonly log: readonly string[];
  /** How its lives have ended, unless it was killed. */
  readonly exitCodes: readonly number[];
  readonly pid: () => number | undefined;
  /** Resolves when it listens. */
  start(): Promise<void>;
  /** SIGTERM, and until it has gone. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface ReplicaOptions {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A folder without a `.env` file. */
  readonly directory: string;
}

export async function createReplica({ name, environment, directory }: ReplicaOptions): Promise<Replica> {
  const port = await freePort();
  const log: string[] = [];
  const exitCodes: number[] = [];
  let child: ChildProcess | undefined;

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (child === undefined || !isRunning()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  // Not left behind by a process that is cut short.
  process.once('exit', () => child?.kill('SIGKILL'));

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    log,
    exitCodes,
    pid: () => (isRunning() ? child?.pid : undefined),
    async start() {
      const env = { PATH: process.env['PATH'], ...environment, HOST: '127.0.0.1', PORT: String(port) };
      const started = spawn(process.execPath, [MAIN], {
        cwd: directory,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      started.once('exit', (code) => {
        if (code !== null) exitCodes.push(code);
      });
      await listening(started, log);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function listening(child: ChildProcess, log: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    const read = (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      log.push(...lines);
      if (lines.some((line) => line.includes('the portal is ready'))) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the replica ended with ${signal ?? String(code)}: ${log.slice(-5).join('\n')}`));
    });
  });
}
