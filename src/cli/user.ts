import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import * as add from './user/add.ts';
import * as groups from './user/groups.ts';
import * as importList from './user/import.ts';
import * as link from './user/link.ts';
import * as list from './user/list.ts';
import * as password from './user/password.ts';
import * as reconcile from './user/reconcile.ts';
import * as remove from './user/remove.ts';
import * as sessions from './user/sessions.ts';
import * as status from './user/status.ts';

const COMMANDS = [add, list, status, remove, link, groups, password, sessions, importList, reconcile];

export function register(program: Command, context: CliContext): void {
  const user = program
    .command('user')
    .description('accounts: passwords, sessions, identities and Qlik users');
  for (const command of COMMANDS) command.register(user, context);
}
