import type { Command } from 'commander';
import { z } from 'zod';
import type { OAuthClientChanges } from '../../domain/model/oauth-client.ts';
import type { TenantClients } from '../../portal/tenants/tenant-clients.ts';
import { addAdminOptions, adminOptions } from '../management-options.ts';
import { collect, work } from '../command.ts';
import { confirm } from '../console/confirm.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../console/failure.ts';
import { addDryRunOption, dryRunOption } from '../ops.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { show } from '../console/output.ts';
import { withClients } from './open.ts';
import { clientArgument } from './read.ts';

const base = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
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
  const { terminal } = context;
  const change = (
    input: z.output<typeof base>,
    doIt: (clients: TenantClients) => Promise<void>,
    done: string,
  ) =>
    withClients(context, input, doIt, () => {
      show(terminal, input, { data: { clientId: input['client-id'] }, text: () => done });
    });
  const command = (name: string, description: string) =>
    addAdminOptions(
      addDryRunOption(
        client
          .command(name)
          .description(description)
          .addArgument(tenantArgument())
          .addArgument(clientArgument()),
      ),
    );

  const update = command('update', 'change a client; a list that is given replaces the old one')
    .option('--name <name>', 'its name')
    .option('--description <text>', 'its description')
    .option('--scope <scope>', 'what it may ask for', collect)
    .option('--grant <type>', 'its grants', collect)
    .option('--redirect-uri <uri>', 'its redirect URIs', collect)
    .option('--origin <origin>', 'its allowed origins', collect);
  work(update, updateSchema, async (input) => {
    const changes = changesOf(input);
    const changed = Object.keys(changes);
    if (changed.length === 0) throw new UsageError('nothing to change was given');
    await change(
      input,
      (clients) => clients.update(input['client-id'], changes),
      `changed ${changed.join(', ')}`,
    );
  });

  const remove = command('delete', 'delete a client, and with it all its tokens').option(
    '--yes',
    'do not ask',
  );
  work(remove, base.extend({ yes: z.boolean().default(false) }), async (input) => {
    const clientId = input['client-id'];
    const question = `Delete client ${clientId} of ${input.tenant} for good?`;
    await confirm(terminal, { yes: input.yes || input.dryRun, question });
    await change(input, (clients) => clients.remove(clientId), `client ${clientId} is deleted`);
  });

  work(command('publish', 'offer a client to other tenants'), base, (input) =>
    change(
      input,
      (clients) => clients.publish(input['client-id']),
      `client ${input['client-id']} is published`,
    ),
  );
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
