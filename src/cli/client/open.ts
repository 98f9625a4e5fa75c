import type { z } from 'zod';
import type { TenantId } from '../../domain/model/ids.ts';
import { requireTenant } from '../../portal/tenants/provision/tenant-record.ts';
import { withTenantClients, type TenantClients } from '../../portal/tenants/tenant-clients.ts';
import { requireAdmin, type adminOptions } from '../management-options.ts';
import type { CliContext } from '../context.ts';
import { openOps, showPlanned } from '../ops.ts';

type Input = z.output<typeof adminOptions> & {
  readonly tenant: TenantId;
  readonly json: boolean;
  readonly dryRun?: boolean;
};

/**
 * Does the work with the clients of the tenant, opened by what the options or the store have, and then shows its
 * result, or what a dry run would have done.
 */
export async function withClients<Result>(
  context: CliContext,
  input: Input,
  work: (clients: TenantClients) => Promise<Result>,
  showResult: (result: Result) => void,
): Promise<void> {
  const { terminal, actor } = context;
  const { dryRun = false } = input;
  const { deps, planned } = openOps(terminal, await context.portal(), { dryRun });
  const admin = await requireAdmin(terminal, input, await requireTenant(deps.tenants, input.tenant));
  const result = await withTenantClients(deps, { tenantId: input.tenant, admin, actor }, work);
  if (dryRun) showPlanned(terminal, input, planned);
  else showResult(result);
}
