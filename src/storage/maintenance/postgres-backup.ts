import { closeSync, existsSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { PortalError } from '../../domain/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { FORGOTTEN_BY_RESTORE, refuseExisting, unreadable } from './backup-rules.ts';
import { programTarget, run, start } from './postgres-programs.ts';
import { openDatabase } from '../sql/database.ts';
import { unknownMigrations } from '../sql/migrate.ts';
import { REFUSE_AUDIT_CHANGE } from '../sql/migrations/0004-audit-append-only.ts';
import { TABLES } from '../sql/tables.ts';

interface PostgresDeps {
  readonly url: Secret;
  readonly log: Log;
}

const OWN_TABLES = [...TABLES, 'kysely_migration', 'kysely_migration_lock'];

/**
 * Copies the portal's tables with pg_dump, as they were at one moment, while they are in use.
 * Codes: conflict (the target exists, or the tables are of a newer release), storage_unavailable.
 */
export async function backupPostgres(deps: PostgresDeps, target: string): Promise<void> {
  refuseExisting(target);
  await refuseNewer(deps);
  const partial = `${target}.partial`;
  try {
    // Made anew: one that is there could be readable by others, or lead elsewhere.
    await rm(partial, { force: true });
    closeSync(openSync(partial, 'wx', 0o600));
    const { url, env } = programTarget(deps.url);
    const tables = OWN_TABLES.map((table) => `--table=${table}`);
    await run('pg_dump', ['--format=custom', ...tables, `--file=${partial}`, `--dbname=${url}`], env);
    refuseExisting(target);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof PortalError) throw error;
    throw new PortalError('storage_unavailable', { detail: `${target} cannot be written`, cause: error });
  }
}

/**
 * Puts the tables of a backup in the place of the portal's, all or nothing; see the SQLite one for what is forgotten.
 * Codes: not_found, invalid_request (no portal's backup, or from a newer release), conflict (the database is of a newer
 * release), storage_unavailable.
 */
export async function restorePostgres(deps: PostgresDeps, from: string): Promise<void> {
  if (!existsSync(from)) throw new PortalError('not_found', { detail: `there is no file ${from}` });
  const tables = await tablesIn(from);
  await refuseNewer(deps);
  const forgotten = FORGOTTEN_BY_RESTORE.filter((table) => tables.has(table));
  const { url, env } = programTarget(deps.url);
  const quiet = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1'];
  // An error's context would quote rows.
  const shell = start('psql', [...quiet, '--set=VERBOSITY=terse', `--dbname=${url}`, '--file=-'], env);
  shell.stdout.resume();
  const fed = feed(shell.stdin, from, forgotten).catch((error: unknown) => {
    // Without the commit at the end nothing has happened.
    shell.stdin.end();
    throw error;
  });
  const [done, given] = await Promise.allSettled([shell.ended, fed]);
  for (const each of [done, given]) if (each.status === 'rejected') throw each.reason;
}

async function feed(into: NodeJS.WritableStream, from: string, forgotten: readonly string[]): Promise<void> {
  const clear = `drop table if exists ${OWN_TABLES.join(', ')}`;
  for (const first of ['begin', `set lock_timeout = '30s'`, clear, REFUSE_AUDIT_CHANGE])
    into.write(`${first};\n`);
  const script = start('pg_restore', ['--no-owner', '--no-privileges', '--file=-', from]);
  script.stdin.end();
  await Promise.all([pipeline(script.stdout, into, { end: false }), script.ended]);
  into.end(
    ['reset search_path', ...forgotten.map((table) => `delete from ${table}`), 'commit']
      .map((statement) => `${statement};\n`)
      .join(''),
  );
}

/** Names of the tables in a backup that this release understands. */
async function tablesIn(from: string): Promise<ReadonlySet<string>> {
  // Where the program is missing, that is what is wrong, and not the file.
  await run('pg_restore', ['--version']);
  const list = await run('pg_restore', ['--list', from]).catch((cause: unknown) => {
    throw unreadable(`${from} is no backup of the portal`, cause);
  });
  const tables = new Set([...list.matchAll(/ TABLE DATA \S+ (\S+) /g)].map(([, name = '']) => name));
  if (!tables.has('kysely_migration')) throw unreadable(`${from} is no backup of the portal`);
  const rows = await run('pg_restore', ['--data-only', '--table=kysely_migration', '--file=-', from]);
  const [, copied = ''] = /^COPY .*\n([^]*?)^\\\.$/m.exec(rows) ?? [];
  const unknown = unknownMigrations(copied.split('\n').flatMap((row) => row.split('\t')[0] || []));
  if (unknown.length > 0) throw unreadable(`${from} is of a newer release (${unknown.join(', ')})`);
  return tables;
}

/** Of a newer release's tables this one would forget those that it does not know. */
async function refuseNewer({ url, log }: PostgresDeps): Promise<void> {
  const database = openDatabase({ kind: 'postgres', url, poolSize: 1 }, { log });
  try {
    const { rows: found } = await sql`select 1 where to_regclass('kysely_migration') is not null`.execute(
      database.db,
    );
    if (found.length === 0) return;
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database.db);
    const unknown = unknownMigrations(rows.map(({ name }) => name));
    if (unknown.length === 0) return;
    throw new PortalError('conflict', {
      detail: `a newer release of the portal has migrated the database (${unknown.join(', ')})`,
    });
  } finally {
    await database.close();
  }
}
