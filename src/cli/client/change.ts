import type { Command } from 'commander';
import { z } from 'zod';
import type { OAuthClientChanges } from '../../domain/model/oauth-client.ts';
import type { ClientChange } from '../../portal/tenants/tenant-clients.ts';
import { addManagementOptions, managementOptions } from '../management-options.ts';
import { collect, work } from '../command.ts';
import { confirm } from '../console/confirm.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../console/failure.ts';
import { addDryRunOption, dryRunOption } from '../dry-run.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { changeClient } from './open.ts';
import { clientArgument } from './read.ts';

const base = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  ...dryRunOption.shape,
  tenant: tenantId,
  'client-id': z.string().min(1),
});
const updateSchema = base.extend({
  name: z.string().min(1).optional(),
  description: z.string().optional(),
  scope: z.array(z.string()).optional(),
  grant: z.array(z.string()).optional(),
  redirectUri: z.array(z.url()).optional(),
  origin: z.array(z.url()).optional(),
});

export function register(client: Command, context: CliContext): void {
  const change = (input: z.output<typeof base>, planned: ClientChange, text: string) =>
    changeClient(context, input, planned, (clientId) => ({ data: { clientId }, text }));
  const command = (name: string, description: string) =>
    client.command(name).description(description).addArgument(tenantArgument()).addArgument(clientArgument());
  const update = command('update', 'change a client; a given list replaces the old one')
    .option('--name <name>', 'name')
    .option('--description <text>', 'description')
    .option('--scope <scope>', 'allowed scope; repeatable', collect)
    .option('--grant <type>', 'allowed grant type; repeatable', collect)
    .option('--redirect-uri <uri>', 'redirect URI; repeatable', collect)
    .option('--origin <origin>', 'allowed origin; repeatable', collect);
  work(common(update), updateSchema, async (input) => {
    const changes = changesOf(input);
    const changed = Object.keys(changes);
    if (changed.length === 0) throw new UsageError('no change given');
    const clientId = input['client-id'];
    await change(input, { action: 'update', clientId, changes }, `changed ${changed.join(', ')}`);
  });

  const remove = command('delete', 'delete a client and invalidate its tokens').option(
    '--yes',
    'do not ask for confirmation',
  );
  work(common(remove), base.extend({ yes: z.boolean().default(false) }), async (input) => {
    const clientId = input['client-id'];
    const question = `Permanently delete client ${clientId} of ${input.tenant}?`;
    await confirm(context.terminal, { yes: input.yes || input.dryRun, question });
    await change(input, { action: 'remove', clientId }, `client ${clientId} is deleted`);
  });

  work(common(command('publish', 'publish a client to other tenants')), base, (input) => {
    const clientId = input['client-id'];
    return change(input, { action: 'publish', clientId }, `client ${clientId} is published`);
  });
}

function common(command: Command): Command {
  return addManagementOptions(addDryRunOption(command));
}

function changesOf(input: z.output<typeof updateSchema>): OAuthClientChanges {
  const { name, description, scope, grant, redirectUri, origin } = input;
  return {
    ...(name !== undefined && { clientName: name }),
    ...(description !== undefined && { description }),
    ...(scope !== undefined && { allowedScopes: scope }),
    ...(grant !== undefined && { allowedGrantTypes: grant }),
    ...(redirectUri !== undefined && { redirectUris: redirectUri }),
    ...(origin !== undefined && { allowedOrigins: origin }),
  };
}
