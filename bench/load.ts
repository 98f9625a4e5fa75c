import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onCore } from './process.ts';

export const INSTALL_WRK = 'apt-get install -y wrk';

export interface LoadOptions {
  readonly url: string;
  readonly cookies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Where wrk finds the cookies. */
  readonly directory: string;
}

/** What `load.lua` says. */
export interface LoadResult {
  readonly answers: number;
  /** Anything but 200, and requests without an answer. */
  readonly failed: number;
  readonly seconds: number;
  /** ms. */
  readonly p99: number;
}

/** Everybody's token, over and over, by wrk: it takes far less of a core than what it measures. */
export async function loadTokens(options: LoadOptions): Promise<LoadResult> {
  const { url, cookies, connections, seconds, directory } = options;
  const cookieFile = join(directory, 'cookies');
  writeFileSync(cookieFile, cookies.join('\n'));
  const script = fileURLToPath(new URL('load.lua', import.meta.url));
  const timing = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
  const what = ['--script', script, `${url}/api/qlik-token`];
  const [command, ...args] = onCore('others', ['wrk', ...timing, ...what]);
  const wrk = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORTAL_BENCH_COOKIES: cookieFile },
  });
  const [said] = await Promise.all([text(wrk.stdout), once(wrk, 'exit')]);
  if (wrk.exitCode !== 0) throw new Error(`wrk ended with ${wrk.exitCode}`);
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as LoadResult;
}
