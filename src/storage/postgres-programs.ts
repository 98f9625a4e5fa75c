import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PortalError } from '../domain/errors.ts';
import type { Secret } from '../domain/secret.ts';

/** PostgreSQL's own programs, as they are found on the machine's PATH. */
type Program = 'pg_dump' | 'pg_restore' | 'psql';

const LONGEST_REASON = 300;

/**
 * Gives `work` the URL of the database for the arguments of a program: without the password, which everybody on the
 * machine could read there, but with the name of a file that has it.
 */
export async function withPasswordFile<Result>(
  url: Secret,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const shown = URL.parse(url.reveal());
  if (shown === null) throw new PortalError('storage_unavailable', { detail: 'the URL is no URL' });
  const password = decodeURIComponent(shown.password) || shown.searchParams.get('password');
  shown.password = '';
  shown.searchParams.delete('password');
  if (!password) return work(shown.href);
  const folder = await mkdtemp(join(tmpdir(), 'portal-'));
  try {
    const file = join(folder, 'pgpass');
    // https://www.postgresql.org/docs/current/libpq-pgpass.html
    await writeFile(file, `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
    shown.searchParams.set('passfile', file);
    // libpq reads no + as a space.
    shown.search = shown.search.replaceAll('+', '%20');
    return await work(shown.href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Starts a program. `ended` rejects with storage_unavailable where it fails, with what it said first, or is missing.
 * Its arguments must not be secret.
 */
export function start(program: Program, args: readonly string[]) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
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
export async function run(program: Program, args: readonly string[]): Promise<string> {
  const { stdin, stdout, ended } = start(program, args);
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
