import type { Command } from 'commander';
import { z } from 'zod';
import { tenantSettings } from '../../domain/model/tenant.ts';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../console/failure.ts';
import {
  addEmbedOptions,
  embedFrom,
  embedOptions,
  globalOptions,
  tokenScopes,
  tenantArgument,
  tenantId,
} from '../options.ts';
import { show } from '../console/output.ts';
import { tenantText, visible } from './list.ts';

const updateSchema = z.object({
  ...globalOptions.shape,
  ...embedOptions.shape,
  tenant: tenantId,
  name: tenantSettings.shape.name.optional(),
  scope: tokenScopes.optional(),
  jitUsers: z.enum(['on', 'off'], 'on or off').optional(),
});
const statusSchema = z.object({ ...globalOptions.shape, tenant: tenantId });

export function register(tenant: Command, context: CliContext): void {
  const update = tenant
    .command('update')
    .description('change stored settings: name, scopes, embed page, creation of Qlik users')
    .addArgument(tenantArgument())
    .option('--name <name>', 'display name')
    .option(
      '--scope <scope>',
      "scope of the users' tokens; run provision to update the client; repeatable",
      collect,
    )
    .option('--jit-users <on|off>', 'create a Qlik user at the first sign-in of an account that has none');
  work(addEmbedOptions(update), updateSchema, async (input) => {
    const { json: _json, tenant: _tenant, ...wanted } = input;
    if (Object.keys(wanted).length === 0) throw new UsageError('no change given');
    const { tenants } = await context.administration();
    const embed = embedFrom(input, (await tenants.get(input.tenant)).embed);
    const changed = await tenants.update({
      tenantId: input.tenant,
      actor: context.actor,
      changes: {
        ...(input.name !== undefined && { name: input.name }),
        ...(input.scope !== undefined && { scopes: input.scope }),
        ...(embed !== undefined && { embed }),
        ...(input.jitUsers !== undefined && { createQlikUsers: input.jitUsers === 'on' }),
      },
    });
    show(context.terminal, input, { data: visible(changed), text: tenantText });
  });

  for (const [name, status, description] of [
    ['enable', 'active', 'allow sign-in to the tenant again'],
    ['disable', 'disabled', 'end all sessions of the tenant, and refuse sign-in'],
  ] as const) {
    const command = tenant.command(name).description(description).addArgument(tenantArgument());
    work(command, statusSchema, async (input) => {
      const { tenants } = await context.administration();
      const { endedSessions } = await tenants.setStatus({
        tenantId: input.tenant,
        status,
        actor: context.actor,
      });
      const data = { tenant: input.tenant, status, endedSessions };
      const text = () =>
        `${input.tenant} is ${status}${endedSessions > 0 ? `; ${endedSessions} sessions ended` : ''}`;
      show(context.terminal, input, { data, text });
    });
  }
}
