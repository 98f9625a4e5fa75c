import type { z } from 'zod';
import type { TenantId } from '../../domain/model/ids.ts';
import type { ClientChange, TenantClients } from '../../portal/tenants/tenant-clients.ts';
import type { CliContext } from '../context.ts';
import { show } from '../console/output.ts';
import { showPlan } from '../dry-run.ts';
import { requireManagement, type managementOptions } from '../management-options.ts';

type Input = z.output<typeof managementOptions> & { readonly tenant: TenantId; readonly json: boolean };

/** Runs the work with the OAuth clients of the tenant, by the given or the stored management credentials. */
export async function withClients<Result>(
  context: CliContext,
  input: Input,
  run: (clients: TenantClients) => Promise<Result>,
): Promise<Result> {
  const { terminal, actor } = context;
  const { tenants } = await context.administration();
  const management = await requireManagement(terminal, input, await tenants.get(input.tenant));
  return tenants.withClients({ tenantId: input.tenant, management, actor }, run);
}

/** Changes a client and shows the result, or with `--dry-run` its plan. */
export function changeClient(
  context: CliContext,
  input: Input & { readonly dryRun: boolean },
  change: ClientChange,
  result: (clientId: string) => { readonly data: object; readonly text: string },
): Promise<void> {
  const { terminal } = context;
  return withClients(context, input, async (clients) => {
    if (input.dryRun) {
      showPlan(terminal, input, await clients.plan(change));
      return;
    }
    const { clientId } = await clients.change(change);
    const { data, text } = result(clientId);
    show(terminal, input, { data, text: () => text });
  });
}
