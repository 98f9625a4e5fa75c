import type { Command } from 'commander';
import { z } from 'zod';
import { setTenantStatus, updateTenant } from '../../portal/tenants/change-tenant.ts';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import { collect, work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../console/failure.ts';
import {
  addEmbedOptions,
  embedContent,
  embedOptions,
  globalOptions,
  tenantArgument,
  tenantId,
} from '../options.ts';
import { show } from '../console/output.ts';
import { tenantText, visible } from './list.ts';

const updateSchema = z.object({
  ...globalOptions.shape,
  ...embedOptions.shape,
  tenant: tenantId,
  name: z.string().min(1).max(100).optional(),
  scope: z.array(z.string().min(1)).optional(),
  jitUsers: z.enum(['on', 'off'], 'on or off').optional(),
});
const statusSchema = z.object({ ...globalOptions.shape, tenant: tenantId });

export function register(tenant: Command, context: CliContext): void {
  const update = tenant
    .command('update')
    .description('change what the portal itself knows: name, scopes, what the embed page shows')
    .addArgument(tenantArgument())
    .option('--name <name>', 'what people read')
    .option('--scope <scope>', "what people's tokens may do; provision again to tell the tenant", collect)
    .option('--jit-users <on|off>', 'whether people without a Qlik user get one at their first sign-in');
  work(addEmbedOptions(update), updateSchema, async (input) => {
    const { json: _json, tenant: _tenant, ...wanted } = input;
    if (Object.keys(wanted).length === 0) throw new UsageError('nothing to change was given');
    const { storage } = await context.portal();
    const known = await requireTenant(storage.tenants, input.tenant);
    const embed = embedContent(input, known.embed);
    const changed = await updateTenant(storage, {
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
    ['enable', 'active', 'let its people sign in again'],
    ['disable', 'disabled', 'sign everybody of it out and let nobody in'],
  ] as const) {
    const command = tenant.command(name).description(description).addArgument(tenantArgument());
    work(command, statusSchema, async (input) => {
      const { storage } = await context.portal();
      const deps = { tenants: storage.tenants, audit: storage.audit, sessions: storage.sessionRegistry };
      const { endedSessions } = await setTenantStatus(deps, {
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
