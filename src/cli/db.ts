import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Administration } from '../compose/administration.ts';
import { Secret } from '../domain/model/secret.ts';
import { work } from './command.ts';
import { confirm } from './console/confirm.ts';
import type { CliContext } from './context.ts';
import { UsageError } from './console/failure.ts';
import { globalOptions } from './options.ts';
import { facts, show, showWarnings, table } from './console/output.ts';
import { readSecret } from './console/secrets.ts';

export function register(program: Command, context: CliContext): void {
  const db = program.command('db').description("the portal's own database");
  registerMigrate(db, context);
  registerStatus(db, context);
  registerBackup(db, context);
  registerRestore(db, context);
  registerCopy(db, context);
}

function registerMigrate(db: Command, context: CliContext): void {
  const migrate = db
    .command('migrate')
    .description('apply pending migrations; every portal does so when it starts');
  work(migrate, globalOptions, async (input) => {
    const pending = await (await databaseOf(context)).migrate();
    show(context.terminal, input, {
      data: { migrated: pending },
      text: () => (pending.length === 0 ? 'up to date' : `migrated: ${pending.join(', ')}`),
    });
  });
}

function registerStatus(db: Command, context: CliContext): void {
  const status = db
    .command('status')
    .description('show which database it is, its pending migrations and its rows');
  work(status, globalOptions, async (input) => {
    const data = await (await databaseOf(context)).status();
    show(context.terminal, input, {
      data,
      text: ({ kind, place, pending, rows }) =>
        facts([
          ['database', `${kind}, ${place}`],
          ['migrations', pending.length === 0 ? 'up to date' : `pending: ${pending.join(', ')}`],
          ...Object.entries(rows).map(([name, count]): [string, string] => [name, `${count} rows`]),
        ]),
    });
  });
}

const fileInput = globalOptions.extend({ file: z.string().min(1) });
const POSTGRES_PROGRAMS = `
PostgreSQL has its own programs:
  pg_dump --format=custom --file=FILE
  pg_restore --clean --if-exists --single-transaction --dbname=DATABASE FILE
See docs/operations/deploy.md, "Back up and restore".`;

function registerBackup(db: Command, context: CliContext): void {
  const backup = db
    .command('backup')
    .argument('<file>', 'the backup to create; an existing file is never overwritten')
    .description('back up a SQLite database while the portal runs')
    .addHelpText('after', POSTGRES_PROGRAMS);
  work(backup, fileInput, async (input) => {
    const file = resolve(input.file);
    const sqlite = await sqliteOf(context, 'backed up');
    showWarnings(context.terminal, await sqlite.backup({ file, actor: context.actor }));
    show(context.terminal, input, { data: { file }, text: () => `backed up to ${file}` });
  });
}

function registerRestore(db: Command, context: CliContext): void {
  const restore = db
    .command('restore')
    .argument('<file>', 'a backup')
    .option('--yes', 'do not ask for confirmation')
    .description('replace a SQLite database by a backup; everybody has to sign in again')
    .addHelpText('after', POSTGRES_PROGRAMS);
  work(restore, fileInput.extend({ yes: z.boolean().default(false) }), async (input) => {
    const { place } = await databaseOf(context);
    const sqlite = await sqliteOf(context, 'restored');
    const from = resolve(input.file);
    await confirm(context.terminal, { yes: input.yes, question: `Replace all of ${place} by ${from}?` });
    showWarnings(context.terminal, await sqlite.restore({ file: from, actor: context.actor }));
    show(context.terminal, input, { data: { from }, text: () => `restored from ${from}` });
  });
}

async function sqliteOf(context: CliContext, done: 'backed up' | 'restored') {
  const { sqlite } = await databaseOf(context);
  if (sqlite === undefined) {
    throw new UsageError(`PostgreSQL is not ${done} by the portal.${POSTGRES_PROGRAMS}`);
  }
  return sqlite;
}

function registerCopy(db: Command, context: CliContext): void {
  const copy = db
    .command('copy')
    .option('--to <url>', 'postgres://USER@HOST/DATABASE, with the password in PGPASSWORD')
    .option('--to-file <file>', 'a file with the whole URL; - reads standard input')
    .description('copy a SQLite database to an empty PostgreSQL database, and verify every row')
    .addHelpText('after', '\nStop the portals first: later writes are not copied.');
  work(copy, copyInput, async (input) => {
    const { terminal, actor } = context;
    const { sqlite } = await databaseOf(context);
    if (sqlite === undefined) throw new UsageError('the database is PostgreSQL already');
    const url = await targetOf(context, input);
    const onTable = ({ table: name, rows }: { table: string; rows: number }) =>
      input.json || terminal.err(`${name}: ${rows}`);
    const { copied, ...result } = await sqlite.copyToPostgres({ url, onTable, actor });
    showWarnings(terminal, result);
    show(terminal, input, {
      data: { copied },
      text: () =>
        `${table(
          ['table', 'rows'],
          copied.map(({ table: name, rows }) => [name, String(rows)]),
        )}\nAll rows are copied and verified. Set DATABASE_URL to the new database and start the portals.`,
    });
  });
}

const copyInput = globalOptions.extend({ to: z.string().optional(), toFile: z.string().optional() });

async function targetOf({ terminal }: CliContext, input: z.output<typeof copyInput>): Promise<Secret> {
  if (input.to !== undefined && input.toFile !== undefined)
    throw new UsageError('--to or --to-file, not both');
  const url =
    input.to === undefined
      ? await readSecret(terminal, {
          what: 'The URL of the PostgreSQL database',
          option: '--to-file',
          file: input.toFile,
        })
      : new Secret(input.to);
  const parsed = URL.parse(url.reveal());
  if (!/^postgres(ql)?:$/.test(parsed?.protocol ?? ''))
    throw new UsageError('the target must be postgres://…');
  // Every user of the machine can read arguments, and the shell keeps them in its history.
  if (input.to !== undefined && parsed?.password) {
    throw new UsageError('no password in --to: give the URL with --to-file, or the password in PGPASSWORD');
  }
  return url;
}

/** Without migrating: a backup is often created by the next release, just before an upgrade. */
async function databaseOf(context: CliContext): Promise<Administration['database']> {
  return (await context.administrationAsIs()).database;
}
