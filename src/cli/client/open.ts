import type { z } from 'zod';
import type { TenantId } from '../../domain/model/ids.ts';
import type { ClientChange, TenantClients } from '../../portal/tenants/tenant-clients.ts';
import type { CliContext } from '../context.ts';
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

/** The same for a command with `--dry-run`: prints the plan of the change instead of running it. */
export async function changeClient<Result>(
  context: CliContext,
  input: Input & { readonly dryRun: boolean },
  {
    change,
    run,
    done,
  }: {
    readonly change: ClientChange;
    readonly run: (clients: TenantClients) => Promise<Result>;
    readonly done: (result: Result) => void;
  },
): Promise<void> {
  if (input.dryRun) {
    const planned = await withClients(context, input, (clients) => clients.plan(change));
    showPlan(context.terminal, input, planned);
    return;
  }
  done(await withClients(context, input, run));
}
