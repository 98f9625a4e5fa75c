import type { Command } from 'commander';
import { z } from 'zod';
import type { OAuthClientChanges } from '../../domain/qlik-clients.ts';
import { addAdminOptions, adminOptions } from '../admin.ts';
import { collect, work } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../failure.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { show } from '../output.ts';
import { withClients } from './open.ts';
import { clientArgument } from './read.ts';

const base = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
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
  const command = (name: string, description: string) =>
    addAdminOptions(
      client
        .command(name)
        .description(description)
        .addArgument(tenantArgument())
        .addArgument(clientArgument()),
    );

  const update = command('update', 'change a client; a list that is given replaces the old one')
    .option('--name <name>', 'its name')
    .option('--description <text>', 'its description')
    .option('--scope <scope>', 'what it may ask for', collect)
    .option('--grant <type>', 'its grants', collect)
    .option('--redirect-uri <uri>', 'its redirect URIs', collect)
    .option('--origin <origin>', 'its allowed origins', collect);
  work(update, updateSchema, (input) =>
    withClients(context, input, async (clients) => {
      const changes = changesOf(input);
      if (Object.keys(changes).length === 0) throw new UsageError('nothing to change was given');
      await clients.update(input['client-id'], changes);
      const data = { clientId: input['client-id'], changed: Object.keys(changes) };
      show(terminal, input, { data, text: () => `changed ${data.changed.join(', ')}` });
    }),
  );

  const remove = command('delete', 'delete a client, and with it all its tokens').option(
    '--yes',
    'do not ask',
  );
  work(remove, base.extend({ yes: z.boolean().default(false) }), async (input) => {
    const clientId = input['client-id'];
    await confirm(terminal, {
      yes: input.yes,
      question: `Delete client ${clientId} of ${input.tenant} for good?`,
    });
    await withClients(context, input, (clients) => clients.remove(clientId));
    show(terminal, input, { data: { clientId }, text: () => `client ${clientId} is deleted` });
  });

  work(command('publish', 'offer a client to other tenants'), base, async (input) => {
    const clientId = input['client-id'];
    await withClients(context, input, (clients) => clients.publish(clientId));
    show(terminal, input, { data: { clientId }, text: () => `client ${clientId} is published` });
  });
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
