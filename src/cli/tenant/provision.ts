import type { Command } from 'commander';
import { z } from 'zod';
import { provisionClient, type ProvisionResult } from '../../portal/tenants/provision/provision-client.ts';
import { addAdminOptions, adminOptions, requireAdmin } from '../management-options.ts';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import {
  addEmbedOptions,
  addUserOptions,
  embedContent,
  embedOptions,
  globalOptions,
  tenantArgument,
  tenantId,
  userOptions,
  userRef,
} from '../options.ts';
import { addDryRunOption, dryRunOption, openOps, showPlanned } from '../ops.ts';
import { facts, show } from '../console/output.ts';
import { driftText } from './drift-text.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
  ...userOptions.shape,
  ...embedOptions.shape,
  tenant: tenantId,
  host: z.string(),
  name: z.string().min(1).max(100).optional(),
  scope: z.array(z.string().min(1)).optional(),
  clientName: z.string().min(1).optional(),
  description: z.string().optional(),
  redirectUri: z.array(z.url()).optional(),
  origin: z.array(z.url()).optional(),
  adopt: z.string().min(1).optional(),
  management: z.enum(['create', 'keep'], 'create or keep').optional(),
  ...dryRunOption.shape,
});

export function register(tenant: Command, context: CliContext): void {
  const command = tenant
    .command('provision')
    .description("give a tenant the portal's OAuth client: create, trust, store, prove; safe to run again")
    .addArgument(tenantArgument())
    .requiredOption('--host <origin>', 'the tenant, such as https://acme.eu.qlikcloud.com')
    .option('--name <name>', 'what people read')
    .option('--scope <scope>', "what people's tokens may do (user_default)", collect)
    .option('--client-name <name>', 'the name of the client in the tenant')
    .option('--description <text>', 'its description')
    .option('--redirect-uri <uri>', 'its redirect URIs', collect)
    .option('--origin <origin>', "its allowed origins, beside the portal's own", collect)
    .option('--adopt <client-id>', 'take over this client instead of making one')
    .option(
      '--management <how>',
      'create: a client of its own for administration; keep: store the one given here',
    );
  addEmbedOptions(addUserOptions(addAdminOptions(addDryRunOption(command))));
  work(command, schema, (input) => provision(context, input));
}

async function provision(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal } = context;
  const portal = await context.portal();
  const { deps, planned } = openOps(terminal, portal, input);
  const known = await deps.tenants.find(input.tenant);
  const admin = await requireAdmin(terminal, input, known);
  const proofUser = userRef(input);
  const embed = embedContent(input, known?.embed);
  const result = await provisionClient(deps, {
    tenant: {
      id: input.tenant,
      host: input.host,
      ...(input.name !== undefined && { name: input.name }),
      ...(input.scope !== undefined && { scopes: input.scope }),
      ...(embed !== undefined && { embed }),
    },
    admin,
    portalOrigin: portal.config.publicUrl,
    actor: context.actor,
    client: choicesOf(input),
    ...(input.adopt !== undefined && { adopt: input.adopt }),
    ...(proofUser !== undefined && { proofUser }),
    ...(input.management !== undefined && { management: input.management }),
    progress: (step) => input.json || input.dryRun || terminal.err(`${input.tenant}: ${step}`),
  });
  if (input.dryRun) {
    showPlanned(terminal, input, planned);
    return;
  }
  show(terminal, input, { data: summary(result), text: () => resultText(result) });
}

function choicesOf({ clientName, description, redirectUri, origin }: z.output<typeof schema>) {
  return {
    ...(clientName !== undefined && { clientName }),
    ...(description !== undefined && { description }),
    ...(redirectUri !== undefined && { redirectUris: redirectUri }),
    ...(origin !== undefined && { allowedOrigins: origin }),
  };
}

export function summary({ tenant, clientId, how, changed, provedAs, warnings }: ProvisionResult) {
  const { id, name, host } = tenant;
  return { tenant: { id, name, host }, clientId, how, changed, provedAs: provedAs?.id ?? null, warnings };
}

function resultText({ tenant, clientId, how, changed, provedAs, warnings }: ProvisionResult): string {
  const proof =
    provedAs === undefined ? 'the tenant takes the secret (no user was given)' : `speaks for ${provedAs.id}`;
  return [
    facts([
      ['tenant', `${tenant.id} (${tenant.name})`],
      ['host', tenant.host],
      ['client', `${clientId}, ${how}`],
      ['proof', proof],
    ]),
    ...changed.map((drift) => `changed  ${driftText(drift)}`),
    ...warnings.map((warning) => `warning  ${warning}`),
  ].join('\n');
}
