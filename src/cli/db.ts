import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { composeDatabase } from '../compose/administration.ts';
import { Secret } from '../domain/model/secret.ts';
import { work } from './command.ts';
import { confirm } from './console/confirm.ts';
import type { CliContext } from './context.ts';
import { UsageError } from './console/failure.ts';
import { globalOptions } from './options.ts';
import { facts, show, table } from './console/output.ts';
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
    .description('bring the tables up to date; every portal does so when it starts');
  work(migrate, globalOptions, async (input) => {
    const pending = await (await context.portalAsIs()).storage.pendingMigrations();
    await context.portal();
    show(context.terminal, input, {
      data: { migrated: pending },
      text: () => (pending.length === 0 ? 'up to date' : `migrated: ${pending.join(', ')}`),
    });
  });
}

function registerStatus(db: Command, context: CliContext): void {
  const status = db
    .command('status')
    .description('which database it is, and whether its tables are up to date');
  work(status, globalOptions, async (input) => {
    const portal = await context.portalAsIs();
    const { kind, place } = composeDatabase(portal);
    const pending = await portal.storage.pendingMigrations();
    const kept = await portal.storage.countRows();
    show(context.terminal, input, {
      data: { kind, place, pending, rows: kept },
      text: () =>
        facts([
          ['database', `${kind}, ${place}`],
          ['migrations', pending.length === 0 ? 'up to date' : `pending: ${pending.join(', ')}`],
          ...Object.entries(kept).map(([name, count]): [string, string] => [name, `${count} rows`]),
        ]),
    });
  });
}

const NEEDS_PROGRAMS = '\nFor PostgreSQL its own programs do it: apt-get install postgresql-client';
const fileInput = globalOptions.extend({ file: z.string().min(1) });

function registerBackup(db: Command, context: CliContext): void {
  const backup = db
    .command('backup')
    .argument('<file>', 'where to; it must not exist')
    .description('copy the database while the portal goes on')
    .addHelpText('after', NEEDS_PROGRAMS);
  work(backup, fileInput, async (input) => {
    const file = resolve(input.file);
    await composeDatabase(await context.portalAsIs()).backup(file);
    await recorded(context, 'database.backup');
    show(context.terminal, input, { data: { file }, text: () => `backed up to ${file}` });
  });
}

function registerRestore(db: Command, context: CliContext): void {
  const restore = db
    .command('restore')
    .argument('<file>', 'a backup')
    .option('--yes', 'do not ask')
    .description('put a backup in the place of the database; everybody has to sign in again')
    .addHelpText('after', NEEDS_PROGRAMS);
  work(restore, fileInput.extend({ yes: z.boolean().default(false) }), async (input) => {
    const database = composeDatabase(await context.portalAsIs());
    const from = resolve(input.file);
    const question = `Replace all that is in ${database.place} with what is in ${from}?`;
    await confirm(context.terminal, { yes: input.yes, question });
    await database.restore(from);
    // A backup of an older release has older tables.
    await context.portal();
    await recorded(context, 'database.restore');
    show(context.terminal, input, { data: { from }, text: () => `restored from ${from}` });
  });
}

function registerCopy(db: Command, context: CliContext): void {
  const copy = db
    .command('copy')
    .option('--to <url>', 'postgres://USER@HOST/DATABASE, with the password in PGPASSWORD')
    .option('--to-file <file>', 'a file with the whole URL; - reads standard input')
    .description('move a SQLite database to an empty PostgreSQL database, and verify every row')
    .addHelpText('after', '\nStop the portals first: what they write meanwhile stays behind.');
  work(copy, copyInput, async (input) => {
    const { terminal } = context;
    const { copyToPostgres } = composeDatabase(await context.portalAsIs());
    if (copyToPostgres === undefined) throw new UsageError('the database is PostgreSQL already');
    const url = await targetOf(context, input);
    await context.portal();
    const copied = await copyToPostgres(url, ({ table: name, rows }) => {
      if (!input.json) terminal.err(`${name}: ${rows}`);
    });
    await recorded(context, 'database.copy');
    show(terminal, input, {
      data: { copied },
      text: () =>
        `${table(
          ['table', 'rows'],
          copied.map(({ table: name, rows }) => [name, String(rows)]),
        )}\nEvery row arrived as it was. Set DATABASE_URL to the new database and start the portals.`,
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
  // Arguments are read by everyone on the machine, and kept in the shell's history.
  if (input.to !== undefined && parsed?.password) {
    throw new UsageError('no password in --to: give the URL with --to-file, or the password in PGPASSWORD');
  }
  return url;
}

/** Changes nothing else: a backup is made before an upgrade, and often by the release that comes. */
async function recorded(context: CliContext, action: string): Promise<void> {
  const { storage } = await context.portalAsIs();
  try {
    await storage.audit.append({ action, result: 'ok', actor: context.actor });
  } catch {
    // It is done all the same.
    context.terminal.err('warning: the audit log does not have it, because the database does not take it');
  }
}
