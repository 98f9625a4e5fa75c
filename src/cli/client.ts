import type { Command } from 'commander';
import * as change from './client/change.ts';
import * as create from './client/create.ts';
import * as read from './client/read.ts';
import type { CliContext } from './context.ts';

export function register(program: Command, context: CliContext): void {
  const client = program.command('client').description('all OAuth clients of a tenant');
  for (const group of [read, create, change]) group.register(client, context);
}
