import type { Command } from 'commander';
import { z } from 'zod';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import { removeTenant } from '../../portal/tenants/remove-tenant.ts';
import { addAdminOptions, adminOptions, requireAdmin } from '../management-options.ts';
import { work } from '../command.ts';
import { confirm } from '../console/confirm.ts';
import type { CliContext } from '../context.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { addDryRunOption, dryRunOption, openOps, showPlanned } from '../ops.ts';
import { show } from '../console/output.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
  tenant: tenantId,
  yes: z.boolean().default(false),
  withAccounts: z.boolean().default(false),
  hereOnly: z.boolean().default(false),
  ...dryRunOption.shape,
});

export function register(tenant: Command, context: CliContext): void {
  const command = tenant
    .command('remove')
    .description('delete the client in the tenant, its secrets here, and the tenant itself from the portal')
    .addArgument(tenantArgument())
    .option('--with-accounts', 'also remove its portal accounts')
    .option('--here-only', 'leave the tenant in Qlik Cloud as it is, for when it is gone')
    .option('--yes', 'do not ask');
  work(addAdminOptions(addDryRunOption(command)), schema, async (input) => {
    const { terminal } = context;
    const portal = await context.portal();
    const { deps, planned } = openOps(terminal, portal, input);
    const known = await requireTenant(deps.tenants, input.tenant);
    await confirm(terminal, {
      yes: input.yes || input.dryRun,
      question: `Remove ${known.id} (${known.host}) for good?`,
    });
    const result = await removeTenant(deps, {
      tenantId: input.tenant,
      admin: input.hereOnly ? undefined : await requireAdmin(terminal, input, known),
      portalOrigin: portal.config.publicUrl,
      actor: context.actor,
      withAccounts: input.withAccounts,
      progress: (step) => input.json || input.dryRun || terminal.err(`${input.tenant}: ${step}`),
    });
    if (input.dryRun) {
      showPlanned(terminal, input, planned);
      return;
    }
    const text = () =>
      [`${input.tenant} is removed`, ...result.warnings.map((each) => `warning  ${each}`)].join('\n');
    show(terminal, input, { data: result, text });
  });
}
