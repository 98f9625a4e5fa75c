import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const END_WITH_PARENT = fileURLToPath(new URL('./end-with-parent.ts', import.meta.url));

/** After this long without an end, SIGKILL. */
const PATIENCE_MS = 15_000;

/**
 * A Node process that ends with this one. It has a process group of its own, so that Ctrl-C reaches it once, from here.
 *
 * @param args Node's own options, the script, and its arguments
 */
export function startChild(args: readonly string[], stdout: 'pipe' | 'inherit'): ChildProcess {
  return spawn(process.execPath, ['--import', END_WITH_PARENT, ...args], {
    detached: true,
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  });
}

export function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** SIGTERM, then waits for the end. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(impatience);
}
