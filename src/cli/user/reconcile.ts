import type { Command } from 'commander';
import { z } from 'zod';
import { withManagementToken } from '../../portal/tenants/management-token.ts';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import { reconcileTenant, type QlikUserDrift } from '../../portal/qlik-users/reconcile-tenant.ts';
import { addAdminOptions, adminOptions, requireAdmin } from '../management-options.ts';
import { work } from '../command.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../../domain/exit-codes.ts';
import { globalOptions, tenantArgument, tenantId } from '../options.ts';
import { openOps } from '../ops.ts';
import { show, table } from '../console/output.ts';

const schema = z.object({
  ...globalOptions.shape,
  ...adminOptions.shape,
  tenant: tenantId,
  mend: z.boolean().default(false),
});

export function register(user: Command, context: CliContext): void {
  const command = user
    .command('reconcile')
    .description('compare the Qlik users that the portal made in a tenant with its accounts')
    .addArgument(tenantArgument())
    .option('--mend', 'and mend what is the portal’s to mend, within the limits of the tenant');
  work(addAdminOptions(command), schema, (input) => reconcile(context, input));
}

async function reconcile(context: CliContext, input: z.output<typeof schema>): Promise<void> {
  const { terminal, actor } = context;
  const portal = await context.portal();
  const { deps } = openOps(terminal, portal);
  const tenant = await requireTenant(portal.storage.tenants, input.tenant);
  const admin = await requireAdmin(terminal, input, tenant);
  const parts = {
    qlikUsers: deps.users,
    accounts: portal.storage.accounts,
    qlikMappings: portal.storage.qlikMappings,
    subjectPrefix: portal.config.qlik.subjectPrefix,
    audit: portal.storage.audit,
  };
  const drifts = await withManagementToken(deps, { host: tenant.host, admin }, (access) =>
    reconcileTenant(parts, {
      tenant,
      access,
      mend: input.mend,
      actor,
      progress: (drift) => {
        if (input.mend && !input.json)
          terminal.err(`${drift.mended ? 'mended' : 'left'}: ${driftText(drift)}`);
      },
    }),
  );
  if (drifts.some(({ mended }) => mended !== true)) context.exitWith(EXIT.found);
  show(terminal, input, { data: { tenant: tenant.id, drifts }, text: () => driftsText(drifts) });
}

function driftsText(drifts: readonly QlikUserDrift[]): string {
  if (drifts.length === 0) return 'portal and tenant agree';
  return table(
    ['account', 'qlik user', 'what', 'mended'],
    drifts.map((drift) => [drift.email ?? '-', drift.qlikUserId, whatText(drift), mendedText(drift)]),
  );
}

function driftText(drift: QlikUserDrift): string {
  return `${drift.email ?? '-'} (${drift.qlikUserId}): ${whatText(drift)}`;
}

function whatText({ what, fields }: QlikUserDrift): string {
  return fields.length === 0 ? what : `${what}: ${fields.join(', ')}`;
}

function mendedText({ mended }: QlikUserDrift): string {
  if (mended === null) return 'for people to decide';
  return mended ? 'yes' : 'no';
}
