import type { z } from 'zod';
import type { TenantId } from '../../domain/ids.ts';
import { knownTenant } from '../../portal/provision-record.ts';
import { withTenantClients, type TenantClients } from '../../portal/tenant-clients.ts';
import { requireAdmin, type adminOptions } from '../admin.ts';
import type { CliContext } from '../context.ts';
import { openOps } from '../ops.ts';

/** Does the work with the clients of the tenant, opened by what the options or the store have. */
export async function withClients(
  context: CliContext,
  input: z.output<typeof adminOptions> & { readonly tenant: TenantId },
  work: (clients: TenantClients) => Promise<void>,
): Promise<void> {
  const { terminal, actor } = context;
  const { deps } = openOps(terminal, await context.portal());
  const admin = await requireAdmin(terminal, input, await knownTenant(deps.tenants, input.tenant));
  await withTenantClients(deps, { tenantId: input.tenant, admin, actor }, work);
}
