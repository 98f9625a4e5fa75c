import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** What is measured has a core for itself; all that measures it, tenants and Redis included, shares the others. */
export type Core = 'measured' | 'others';

// Once, since it counts the cores that this process may use, and it leaves one of them.
const available = availableParallelism();

/** Whether cores can be told apart here: two at least, and taskset. */
export const pinning = canPin();

/** Compiled before, as what is deployed is: what reads TypeScript would count as memory of whatever is measured. */
const env = {
  ...process.env,
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/bench', import.meta.url)),
};

/** A child of this Node that speaks JSON over IPC. */
export function start(
  script: string,
  argument: object,
  core: Core,
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const node: [string, ...string[]] = [process.execPath, '--expose-gc', ...nodeOptions];
  const [command, ...args] = onCore(core, [...node, file, JSON.stringify(argument)]);
  // What is logged is written, as it would be in production, and read by nobody.
  return spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
}

/** Options of Node with which the portal is started. */
export const deployedOptions = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));

/** Keeps this process off the measured core, and with it whatever it starts without saying where. */
export function keepToOtherCores(): void {
  if (pinning) execFileSync('taskset', ['-acp', cores('others'), String(process.pid)], { stdio: 'ignore' });
}

/** The next thing it says. */
export async function said<Message>(child: ChildProcess): Promise<Message> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const [first] = (await Promise.race([once(child, 'message', { signal }), ended(child, signal)])) as [
      Message,
    ];
    return first;
  } finally {
    waiting.abort();
  }
}

/** Asks it, and gives what it says. */
export async function asked<Message>(child: ChildProcess): Promise<Message> {
  const answer = said<Message>(child);
  child.send({});
  return answer;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function ended(child: ChildProcess, signal: AbortSignal): Promise<never> {
  const [code] = (await once(child, 'exit', { signal })) as [number | null];
  throw new Error(`${child.spawnargs.at(-2) ?? 'a process'} ended with ${code} and said nothing`);
}

/** The command line, kept to a core. */
export function onCore(core: Core, [command, ...args]: [string, ...string[]]): [string, ...string[]] {
  return pinning ? ['taskset', '-c', cores(core), command, ...args] : [command, ...args];
}

function cores(core: Core): string {
  return core === 'measured' ? '0' : `1-${available - 1}`;
}

function canPin(): boolean {
  if (available < 2) return false;
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
