import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import { inParallel } from '../../runtime/in-parallel.ts';
import { setTenantStatus } from './change-tenant.ts';
import { storedManagement } from './management-token.ts';
import { provisionClient } from './provision/provision-client.ts';
import type { ProvisionDeps, ProvisionRequest } from './provision/provision-request.ts';
import { planTenant, type TenantPlan, type TenantSpec } from './plan-tenants.ts';

export interface PlanBatch {
  readonly specs: readonly TenantSpec[];
  readonly portalOrigin: string;
  /** Tenants at a time. */
  readonly concurrency: number;
  /** Called for every tenant, applied or failed. */
  readonly done?: (outcome: PlanOutcome | ApplyOutcome) => void;
}

export interface ApplyBatch extends PlanBatch {
  readonly actor: string;
}

interface Failed {
  readonly id: TenantId;
  readonly error: unknown;
}

export type PlanOutcome = TenantPlan | Failed;
export type ApplyOutcome =
  | {
      readonly id: TenantId;
      readonly plan: TenantPlan;
      readonly clientId?: string;
      readonly warnings: readonly string[];
    }
  | Failed;

/** Compares tenants with their specs. One that fails does not stop the others; never throws. */
export async function planTenants(deps: ProvisionDeps, batch: PlanBatch): Promise<PlanOutcome[]> {
  return each(batch, (spec) => planTenant(deps, spec, batch.portalOrigin));
}

/** Changes tenants to their specs: what {@link planTenants} shows. */
export async function applyTenants(
  deps: ProvisionDeps & { readonly sessions: Pick<SessionRegistry, 'endAllOf'> },
  batch: ApplyBatch,
): Promise<ApplyOutcome[]> {
  return each(batch, async (spec) => {
    const plan = await planTenant(deps, spec, batch.portalOrigin);
    if (plan.action === 'none') return { id: spec.id, plan, warnings: [] };
    const { clientId, warnings } = await provisionClient(deps, await requestFor(deps, spec, batch));
    const stored = await deps.tenants.find(spec.id);
    if (spec.status !== undefined && spec.status !== stored?.status) {
      await setTenantStatus(deps, { tenantId: spec.id, status: spec.status, actor: batch.actor });
    }
    return { id: spec.id, plan, clientId, warnings };
  });
}

function each<Outcome extends PlanOutcome | ApplyOutcome>(
  { specs, concurrency, done = () => undefined }: PlanBatch,
  work: (spec: TenantSpec) => Promise<Outcome>,
): Promise<(Outcome | Failed)[]> {
  return inParallel(specs, concurrency, async (spec) => {
    const outcome = await work(spec).catch((error: unknown): Failed => ({ id: spec.id, error }));
    done(outcome);
    return outcome;
  });
}

async function requestFor(
  { tenants }: ProvisionDeps,
  spec: TenantSpec,
  { portalOrigin, actor }: ApplyBatch,
): Promise<ProvisionRequest> {
  const { client, managementClient, proofUser, management: given, status: _status, ...tenant } = spec;
  const management = given ?? storedManagement(await tenants.find(spec.id));
  if (management === undefined) {
    throw new PortalError('invalid_request', {
      detail: `tenant ${spec.id}: no management credentials given or stored`,
    });
  }
  return {
    tenant,
    management,
    portalOrigin,
    actor,
    ...(client !== undefined && { client }),
    ...(managementClient !== undefined && { managementClient }),
    ...(proofUser !== undefined && { proofUser }),
  };
}
