import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import { inParallel } from '../../runtime/in-parallel.ts';
import { setTenantStatus } from './change-tenant.ts';
import { provisionClient, type ProvisionDeps, type ProvisionRequest } from './provision/provision-client.ts';
import { adminOf, planTenant, type TenantPlan, type TenantSpec } from './plan-tenants.ts';

interface Batch {
  readonly specs: readonly TenantSpec[];
  readonly portalOrigin: string;
  /** Tenants at a time. */
  readonly concurrency: number;
  /** Called when a tenant is done, however it went. */
  readonly done?: (outcome: PlanOutcome | ApplyOutcome) => void;
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

/** Compares many tenants with what they ought to be. One that fails does not stop the others; never throws. */
export async function planTenants(deps: ProvisionDeps, batch: Batch): Promise<PlanOutcome[]> {
  return each(batch, (spec) => planTenant(deps, spec, batch.portalOrigin));
}

/** Brings many tenants to what they ought to be, as {@link planTenants} says. */
export async function applyTenants(
  deps: ProvisionDeps & { readonly sessions: Pick<SessionRegistry, 'endAllOf'> },
  batch: Batch & { readonly actor: string },
): Promise<ApplyOutcome[]> {
  return each(batch, async (spec) => {
    const plan = await planTenant(deps, spec, batch.portalOrigin);
    if (plan.action === 'none') return { id: spec.id, plan, warnings: [] };
    const { clientId, warnings } = await provisionClient(deps, await requestFor(deps, spec, batch));
    const known = await deps.tenants.find(spec.id);
    if (spec.status !== undefined && spec.status !== known?.status) {
      await setTenantStatus(deps, { tenantId: spec.id, status: spec.status, actor: batch.actor });
    }
    return { id: spec.id, plan, clientId, warnings };
  });
}

function each<Outcome extends PlanOutcome | ApplyOutcome>(
  { specs, concurrency, done = () => undefined }: Batch,
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
  { portalOrigin, actor }: Batch & { readonly actor: string },
): Promise<ProvisionRequest> {
  const { client, management, proofUser, admin: _given, status: _status, ...tenant } = spec;
  const admin = adminOf(spec, await tenants.find(spec.id));
  if (admin === undefined) {
    throw new PortalError('invalid_request', {
      detail: `tenant ${spec.id} has no administration, given or stored`,
    });
  }
  return {
    tenant,
    admin,
    portalOrigin,
    actor,
    ...(client !== undefined && { client }),
    ...(management !== undefined && { management }),
    ...(proofUser !== undefined && { proofUser }),
  };
}
