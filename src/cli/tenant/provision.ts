import type { Command } from 'commander';
import { z } from 'zod';
import { tenantSettings } from '../../domain/model/tenant.ts';
import type { ProvisionResult } from '../../portal/tenants/provision/provision-client.ts';
import { changeText } from '../change-text.ts';
import { collect, work } from '../command.ts';
import { facts, show } from '../console/output.ts';
import type { CliContext } from '../context.ts';
import { addDryRunOption, dryRunOption, showPlan } from '../dry-run.ts';
import { addManagementOptions, managementOptions, requireManagement } from '../management-options.ts';
import {
  addEmbedOptions,
  addUserOptions,
  embedFrom,
  embedOptions,
  globalOptions,
  tokenScopes,
  tenantArgument,
  tenantId,
  userOptions,
  userRef,
} from '../options.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  ...userOptions.shape,
  ...embedOptions.shape,
  tenant: tenantId,
  host: z.string(),
  name: tenantSettings.shape.name.optional(),
  scope: tokenScopes.optional(),
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
    .description('create, trust, store and verify the OAuth client of a tenant; idempotent')
    .addArgument(tenantArgument())
    .requiredOption('--host <origin>', 'origin of the tenant, such as https://acme.eu.qlikcloud.com')
    .option('--name <name>', 'display name of the tenant')
    .option('--scope <scope>', "scope of the users' tokens (default: user_default); repeatable", collect)
    .option('--client-name <name>', 'name of the client in the tenant')
    .option('--description <text>', 'description of the client')
    .option('--redirect-uri <uri>', 'redirect URI of the client; repeatable', collect)
    .option('--origin <origin>', "allowed origin of the client, beside the portal's own; repeatable", collect)
    .option('--adopt <client-id>', 'use this existing client instead of creating one')
    .option(
      '--management <how>',
      'create: a separate client for management; keep: store the one given by --admin-client-id',
    );
  addEmbedOptions(addUserOptions(addManagementOptions(addDryRunOption(command))));
  work(command, schema, (input) => provision(context, input));
}

async function provision(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal, actor } = context;
  const { tenants } = await context.administration();
  const stored = await tenants.find(input.tenant);
  const management = await requireManagement(terminal, input, stored);
  const proofUser = userRef(input);
  const embed = embedFrom(input, stored?.embed);
  const request = {
    tenant: {
      id: input.tenant,
      host: input.host,
      ...(input.name !== undefined && { name: input.name }),
      ...(input.scope !== undefined && { scopes: input.scope }),
      ...(embed !== undefined && { embed }),
    },
    management,
    actor,
    client: choicesOf(input),
    ...(input.adopt !== undefined && { adopt: input.adopt }),
    ...(proofUser !== undefined && { proofUser }),
    ...(input.management !== undefined && { managementClient: input.management }),
    progress: (step: string) => input.json || terminal.err(`${input.tenant}: ${step}`),
  };
  if (input.dryRun) {
    showPlan(terminal, input, await tenants.planProvision(request));
    return;
  }
  const result = await tenants.provision(request);
  show(terminal, input, { data: resultData(result), text: () => resultText(result) });
}

function choicesOf({ clientName, description, redirectUri, origin }: z.output<typeof schema>) {
  return {
    ...(clientName !== undefined && { clientName }),
    ...(description !== undefined && { description }),
    ...(redirectUri !== undefined && { redirectUris: redirectUri }),
    ...(origin !== undefined && { allowedOrigins: origin }),
  };
}

function resultData({ tenant, clientId, how, changed, provedAs, warnings }: ProvisionResult) {
  const { id, name, host } = tenant;
  return { tenant: { id, name, host }, clientId, how, changed, provedAs: provedAs?.id ?? null, warnings };
}

function resultText({ tenant, clientId, how, changed, provedAs, warnings }: ProvisionResult): string {
  const verified =
    provedAs === undefined ? 'the tenant accepts the secret (no user given)' : `impersonates ${provedAs.id}`;
  return [
    facts([
      ['tenant', `${tenant.id} (${tenant.name})`],
      ['host', tenant.host],
      ['client', `${clientId}, ${how}`],
      ['verified', verified],
    ]),
    ...changed.map((drift) => `changed  ${changeText(drift)}`),
    ...warnings.map((warning) => `warning  ${warning}`),
  ].join('\n');
}
