import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import { parseTenantHost } from '../../domain/rules/tenant-host.ts';
import {
  applyTenants,
  planTenants,
  type ApplyBatch,
  type PlanBatch,
} from '../../portal/tenants/apply-tenants.ts';
import { setTenantStatus, updateTenant } from '../../portal/tenants/change-tenant.ts';
import { planProvision } from '../../portal/tenants/provision/plan-provision.ts';
import { provisionClient } from '../../portal/tenants/provision/provision-client.ts';
import type { ProvisionRequest } from '../../portal/tenants/provision/provision-request.ts';
import { planRemoval, removeTenant, type RemoveRequest } from '../../portal/tenants/remove-tenant.ts';
import { requireTenant } from '../../portal/tenants/require-tenant.ts';
import { planRotation, rotateCredentials } from '../../portal/tenants/rotate/rotate-credentials.ts';
import type { RotateRequest } from '../../portal/tenants/rotate/rotation.ts';
import {
  withTenantClients,
  type ClientsRequest,
  type TenantClients,
} from '../../portal/tenants/tenant-clients.ts';
import { verifyTenant, type VerifyRequest } from '../../portal/tenants/verify-tenant.ts';
import type { Portal } from '../portal.ts';
import type { composeQlik } from './qlik.ts';

/** Verbs about tenants and their OAuth clients. `plan…` returns what its verb would change, and only reads. */
export function composeTenants({ config, storage }: Portal, qlik: ReturnType<typeof composeQlik>) {
  const { tenants, audit, accounts, sessionRegistry: sessions } = storage;
  const { allowLoopbackTenants } = config.qlik;
  const deps = { ...qlik, tenants, audit, accounts, sessions, allowLoopbackTenants };
  const { publicUrl: portalOrigin } = config;
  const withOrigin = <Request extends object>(request: Request) => ({ ...request, portalOrigin });
  const withHosts = <Batch extends Omit<PlanBatch, 'portalOrigin'>>(batch: Batch) =>
    withOrigin({
      ...batch,
      specs: batch.specs.map((spec) => ({ ...spec, host: parseTenantHost(spec.host, deps) })),
    });
  const refuseConfigured = ({ tenantId }: RotateRequest) => {
    if (config.singleTenant?.id !== tenantId) return;
    // The next start would replace what is stored by the variable.
    throw new PortalError('conflict', { detail: `the secret of ${tenantId} is set by QLIK_CLIENT_SECRET` });
  };
  return {
    list: () => tenants.list(),
    find: (id: TenantId) => tenants.find(id),
    /** @throws PortalError not_found */
    get: (id: TenantId) => requireTenant(tenants, id),
    provision: (request: Omit<ProvisionRequest, 'portalOrigin'>) =>
      provisionClient(deps, withOrigin(request)),
    planProvision: (request: Omit<ProvisionRequest, 'portalOrigin'>) =>
      planProvision(deps, withOrigin(request)),
    verify: (request: Omit<VerifyRequest, 'portalOrigin'>) => verifyTenant(deps, withOrigin(request)),
    update: (request: Parameters<typeof updateTenant>[1]) => updateTenant(deps, request),
    setStatus: (request: Parameters<typeof setTenantStatus>[1]) => setTenantStatus(deps, request),
    async rotate(request: RotateRequest) {
      refuseConfigured(request);
      return rotateCredentials(deps, request);
    },
    async planRotation(request: RotateRequest) {
      refuseConfigured(request);
      return planRotation(deps, request);
    },
    remove: (request: Omit<RemoveRequest, 'portalOrigin'>) => removeTenant(deps, withOrigin(request)),
    planRemoval: (request: Omit<RemoveRequest, 'portalOrigin'>) => planRemoval(deps, withOrigin(request)),
    /** @throws PortalError invalid_request where a host is invalid; other errors are in the outcomes */
    plan: async (batch: Omit<PlanBatch, 'portalOrigin'>) => planTenants(deps, withHosts(batch)),
    /** @throws PortalError as `plan` */
    apply: async (batch: Omit<ApplyBatch, 'portalOrigin'>) => applyTenants(deps, withHosts(batch)),
    /** The work with all OAuth clients of one tenant. */
    withClients: <Result>(request: ClientsRequest, work: (clients: TenantClients) => Promise<Result>) =>
      withTenantClients(deps, request, work),
  };
}
