import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import * as batch from './tenant/batch.ts';
import * as change from './tenant/change.ts';
import * as list from './tenant/list.ts';
import * as provision from './tenant/provision.ts';
import * as remove from './tenant/remove.ts';
import * as rotate from './tenant/rotate.ts';
import * as verify from './tenant/verify.ts';

const COMMANDS = [provision, list, verify, change, rotate, remove, batch];

export function register(program: Command, context: CliContext): void {
  const tenant = program.command('tenant').description('tenants: customers and their Qlik Cloud tenants');
  for (const command of COMMANDS) command.register(tenant, context);
}
