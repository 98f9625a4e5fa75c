import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { QlikUserDrift } from '../../portal/qlik-users/reconcile-tenant.ts';
import { addManagementOptions, managementOptions, requireManagement } from '../management-options.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { show, table } from '../console/output.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...managementOptions.shape,
  tenant: tenantId,
  repair: z.boolean().default(false),
  mend: z.boolean().default(false),
});

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('reconcile')
    .description('compare the Qlik users that the portal created in a tenant with its accounts')
    .addArgument(tenantArgument())
    .option('--repair', 'fix the differences, within the rate limit of the tenant')
    // Its name before; scripts may still use it.
    .addOption(new Option('--mend').hideHelp());
  work(addManagementOptions(command), schema, (input) => reconcile(context, input));
}

async function reconcile(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal, actor } = context;
  const { accounts, tenants } = await context.administration();
  const repair = input.repair || input.mend;
  const tenant = await tenants.get(input.tenant);
  const drifts = await accounts.reconcile({
    tenantId: tenant.id,
    management: await requireManagement(terminal, input, tenant),
    repair,
    actor,
    progress: (drift) => {
      if (repair && !input.json) terminal.err(`${drift.mended ? 'fixed' : 'unchanged'}: ${driftText(drift)}`);
    },
  });
  if (drifts.some(({ mended }) => mended !== true)) context.exitWith(EXIT.found);
  show(terminal, input, { data: { tenant: tenant.id, drifts }, text: () => driftsText(drifts) });
}

function driftsText(drifts: readonly QlikUserDrift[]): string {
  if (drifts.length === 0) return 'no differences';
  return table(
    ['account', 'qlik user', 'difference', 'fixed'],
    drifts.map((drift) => [drift.email ?? '-', drift.qlikUserId, whatText(drift), fixedText(drift)]),
  );
}

function driftText(drift: QlikUserDrift): string {
  return `${drift.email ?? '-'} (${drift.qlikUserId}): ${whatText(drift)}`;
}

function whatText({ what, fields }: QlikUserDrift): string {
  return fields.length === 0 ? what : `${what}: ${fields.join(', ')}`;
}

function fixedText({ mended }: QlikUserDrift): string {
  if (mended === null) return 'needs a decision';
  return mended ? 'yes' : 'no';
}
