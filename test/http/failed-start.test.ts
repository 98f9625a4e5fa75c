import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SERVER = join(import.meta.dirname, '../../bin/server.js');

let folder: string;
const taken = createServer();
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portal-start-'));
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
});
afterEach(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The portal in a process of its own, whose configuration does not let it start. */
async function failToStart(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [SERVER], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PUBLIC_URL: 'http://localhost:3000',
      SESSION_SECRET: randomBytes(48).toString('base64'),
      ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { code: child.exitCode, said };
}

const takenPort = () => String((taken.address() as AddressInfo).port);

test.each([
  ['its port is taken', () => ({ PORT: takenPort(), METRICS_PORT: '0' })],
  ['the port of the metrics is taken', () => ({ PORT: '0', METRICS_PORT: takenPort() })],
])('a portal that cannot start, because %s, says so and ends', async (_why, env) => {
  const { code, said } = await failToStart(env());
  expect(said).toContain('the portal cannot start');
  expect(said).toContain('EADDRINUSE');
  expect(code).toBe(1);
});
