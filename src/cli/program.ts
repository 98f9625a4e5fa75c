import { Command } from 'commander';
import release from '../../package.json' with { type: 'json' };
import * as audit from './audit.ts';
import * as client from './client.ts';
import type { CliContext } from './context.ts';
import * as db from './db.ts';
import * as doctor from './doctor.ts';
import { EXIT_CODES_HELP } from './console/exit-codes.ts';
import * as keys from './keys.ts';
import * as tenant from './tenant.ts';
import * as user from './user.ts';

/** One command group per file. */
const GROUPS = [tenant, client, keys, db, doctor, user, audit];

/** The `portal` command. It never exits the process: it throws, and the caller sets the exit code. */
export function createProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('portal')
    .description('Manage the embed portal: tenants, OAuth clients, accounts, database')
    .version(release.version, '--version', 'print the version')
    .option('--json', 'print results as JSON')
    .addHelpText('after', EXIT_CODES_HELP)
    .showHelpAfterError('(add --help for help)')
    // Before the groups: commands inherit these when they are created.
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
  for (const group of GROUPS) group.register(program, context);
  return program;
}
