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

/** One command group a file; a new one is registered here. */
const GROUPS = [tenant, client, keys, db, doctor, user, audit];

/** The `portal` command. It never ends the process: it throws, and the caller turns that into an exit code. */
export function createProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('portal')
    .description('Runs the embed portal: its tenants and their OAuth clients, its people, and its own health')
    .version(release.version, '--version', 'say which release this is')
    .option('--json', 'answer in JSON, for scripts')
    .addHelpText('after', EXIT_CODES_HELP)
    .showHelpAfterError('(add --help for help)')
    // Before the groups: commands inherit these when they are made.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
  for (const group of GROUPS) group.register(program, context);
  return program;
}
