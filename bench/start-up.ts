import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deployedOptions, onCore } from './process.ts';

const SCRIPTS = {
  portal: '../bin/server.js',
  'bare Express': './variants/just-express.ts',
  'bare Express in JavaScript': './variants/just-express.js',
} as const;

/**
 * ms from the start of a process to the first byte of its first answer. The portal's very first compiles itself and
 * makes its database.
 */
export async function timeToFirstByte(what: keyof typeof SCRIPTS, directory: string): Promise<number> {
  const port = await freePort();
  const env = what === 'portal' ? portalEnvironment(port, directory) : {};
  const options = what === 'portal' ? deployedOptions : [];
  const file = fileURLToPath(new URL(SCRIPTS[what], import.meta.url));
  const [command, ...args] = onCore('measured', [process.execPath, ...options, file, String(port)]);
  const started = performance.now();
  const child = spawn(command, args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', ...env } });
  try {
    return (await firstByte(port)) - started;
  } finally {
    // Not at once: the portal keeps what it compiled for its next start.
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

function portalEnvironment(port: number, directory: string): Record<string, string> {
  return {
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    PORT: String(port),
    SESSION_SECRET: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: `file:${join(directory, 'start-up.db')}`,
  };
}

async function firstByte(port: number): Promise<number> {
  for (;;) {
    const at = await ask(port);
    if (at !== undefined) return at;
    await sleep(2);
  }
}

function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
    });
    socket.once('data', () => {
      resolve(performance.now());
      socket.destroy();
    });
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
