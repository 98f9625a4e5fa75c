import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { programEnvironment } from '../../config/config.ts';
import { PortalError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/model/secret.ts';

/** PostgreSQL's own programs, as they are found on the machine's PATH. */
type Program = 'pg_dump' | 'pg_restore' | 'psql';

const LONGEST_REASON = 300;

/** A database for the arguments of a program: without the password, which everybody on the machine could read there. */
export interface ProgramTarget {
  readonly url: string;
  /** For the environment of the program, which only its owner can read. Not a file: one would stay behind a kill. */
  readonly env: Readonly<Record<string, string>>;
}

export function programTarget(url: Secret): ProgramTarget {
  const shown = URL.parse(url.reveal());
  if (shown === null) throw new PortalError('storage_unavailable', { detail: 'the URL is no URL' });
  const password = decodeURIComponent(shown.password) || shown.searchParams.get('password');
  shown.password = '';
  shown.searchParams.delete('password');
  // libpq reads no + as a space.
  shown.search = shown.search.replaceAll('+', '%20');
  return { url: shown.href, env: password ? { PGPASSWORD: password } : {} };
}

/**
 * Starts a program. `ended` rejects with storage_unavailable where it fails, with what it said first, or is missing.
 * Its arguments must not be secret.
 */
export function start(program: Program, args: readonly string[], env: ProgramTarget['env'] = {}) {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...programEnvironment(), ...env },
  });
  const said = text(child.stderr);
  // Whoever reads no more says why by the way it ends.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).then(
    async (code) => {
      if (code === 0) return;
      throw unavailable(`${program}: ${firstLine(await said)}`);
    },
    (cause: unknown) => {
      throw unavailable(`${program} is not on this machine: apt-get install postgresql-client`, cause);
    },
  );
  return { stdin: child.stdin, stdout: child.stdout, ended };
}

/** Runs a program to its end; what it writes to standard output. */
export async function run(
  program: Program,
  args: readonly string[],
  env?: ProgramTarget['env'],
): Promise<string> {
  const { stdin, stdout, ended } = start(program, args, env);
  stdin.end();
  const [written] = await Promise.all([text(stdout), ended]);
  return written;
}

function firstLine(said: string): string {
  return (said.trim().split('\n')[0] ?? '').slice(0, LONGEST_REASON);
}

function unavailable(detail: string, cause?: unknown): PortalError {
  return new PortalError('storage_unavailable', { detail, cause });
}
