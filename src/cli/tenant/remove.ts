import type { Command } from 'commander';
import { z } from 'zod';
import { work } from '../command.ts';
import { confirm } from '../console/confirm.ts';
import { show } from '../console/output.ts';
import type { CliContext } from '../context.ts';
import { addDryRunOption, dryRunOption, showPlan } from '../dry-run.ts';
import { addManagementOptions, managementOptions, requireManagement } from '../management-options.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  tenant: tenantId,
  yes: z.boolean().default(false),
  withAccounts: z.boolean().default(false),
  hereOnly: z.boolean().default(false),
  ...dryRunOption.shape,
});

export function register(tenant: Command, context: CliContext): void {
  const command = tenant
    .command('remove')
    .description("delete a tenant from the portal, and the portal's OAuth clients from the Qlik Cloud tenant")
    .addArgument(tenantArgument())
    .option('--with-accounts', 'also delete its portal accounts')
    .option(
      '--here-only',
      'delete only what the portal stores: for a Qlik Cloud tenant that no longer exists',
    )
    .option('--yes', 'do not ask for confirmation');
  work(addManagementOptions(addDryRunOption(command)), schema, async (input) => {
    const { terminal, actor } = context;
    const { tenants } = await context.administration();
    const stored = await tenants.get(input.tenant);
    const question = `Permanently remove ${stored.id} (${stored.host})?`;
    await confirm(terminal, { yes: input.yes || input.dryRun, question });
    const request = {
      tenantId: input.tenant,
      management: input.hereOnly ? undefined : await requireManagement(terminal, input, stored),
      actor,
      withAccounts: input.withAccounts,
      progress: (step: string) => input.json || terminal.err(`${input.tenant}: ${step}`),
    };
    if (input.dryRun) {
      showPlan(terminal, input, await tenants.planRemoval(request));
      return;
    }
    const result = await tenants.remove(request);
    const text = () =>
      [`${input.tenant} is removed`, ...result.warnings.map((each) => `warning  ${each}`)].join('\n');
    show(terminal, input, { data: result, text });
  });
}
