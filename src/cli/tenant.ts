import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import * as list from './tenant/list.ts';
import * as provision from './tenant/provision.ts';

const COMMANDS = [provision, list];

export function register(program: Command, context: CliContext): void {
  const tenant = program.command('tenant').description('the customers, and the Qlik Cloud tenant of each');
  for (const command of COMMANDS) command.register(tenant, context);
}
