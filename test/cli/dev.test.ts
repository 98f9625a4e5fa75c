import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DevelopmentSummary } from '../../scripts/dev/start-development.ts';
import { freePort } from '../../scripts/servers/free-port.ts';
import { descendantsOf, isAlive } from '../support/processes.ts';

/** `npm run dev` under a parent of its own, which can be killed. */
async function develop() {
  const folder = mkdtempSync(join(tmpdir(), 'dev-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const options = ['--json', '--port', String(await freePort()), '--tenant-port', '0', '--folder', folder];
  const child = spawn('sh', ['-c', `"$0" scripts/dev.ts "$@"; exit $?`, process.execPath, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const family = () => descendantsOf(child.pid!);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const all = family();
  onTestFinished(() => {
    for (const pid of all.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  const summary = JSON.parse(line.toString()) as DevelopmentSummary;
  return { child, family, summary };
}

async function signIn({ portal, users: [user] }: DevelopmentSummary): Promise<string> {
  const { email, password } = user!;
  const answer = await fetch(`${portal}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: portal },
    body: JSON.stringify({ email, password }),
  });
  expect(answer.status).toBe(200);
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

test('npm run dev restarts the portal when a source file changes, keeps sessions, and ends without a process left', async () => {
  const { family, summary } = await develop();
  const cookie = await signIn(summary);
  const before = family();

  const now = new Date();
  utimesSync('src/main.ts', now, now);
  await vi.waitFor(() => expect(family().some((pid) => !before.includes(pid))).toBe(true), 10_000);
  const answer = await vi.waitFor(
    () => fetch(`${summary.portal}/api/qlik-token`, { headers: { cookie } }),
    10_000,
  );
  expect(answer.status).toBe(200);

  const [supervisor] = family();
  const running = family();
  process.kill(supervisor!, 'SIGINT');
  await vi.waitFor(() => expect(running.filter(isAlive)).toEqual([]), 10_000);
});

test('npm run dev ends, without a process left, when its parent was killed', async () => {
  const { child, family } = await develop();
  const running = family();
  expect(running).toHaveLength(3);
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(running.filter(isAlive)).toEqual([]), 10_000);
});
