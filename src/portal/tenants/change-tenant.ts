import type { TenantId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { TenantChanges, TenantStore } from '../../domain/ports/tenant-store.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import { audited } from '../audit.ts';
import { requireTenant } from './require-tenant.ts';

interface ChangeDeps {
  readonly tenants: TenantStore;
  readonly audit: AuditLog;
}

/**
 * Changes the stored fields of a tenant; nothing in Qlik Cloud.
 *
 * @throws PortalError not_found
 */
export async function updateTenant(
  { tenants, audit }: ChangeDeps,
  { tenantId, changes, actor }: { tenantId: TenantId; changes: Omit<TenantChanges, 'status'>; actor: string },
): Promise<Tenant> {
  return audited({ audit, actor, tenantId }, 'tenant.update', async () => {
    await tenants.update(tenantId, changes);
    return requireTenant(tenants, tenantId);
  });
}

/**
 * Disables a tenant and ends its sessions, or enables it. Tokens that browsers already have stay valid until they
 * expire; no new ones are issued.
 *
 * @throws PortalError not_found
 */
export async function setTenantStatus(
  { tenants, audit, sessions }: ChangeDeps & { readonly sessions: Pick<SessionRegistry, 'endAllOf'> },
  { tenantId, status, actor }: { tenantId: TenantId; status: Tenant['status']; actor: string },
): Promise<{ readonly endedSessions: number }> {
  const action = status === 'active' ? 'tenant.enable' : 'tenant.disable';
  return audited({ audit, actor, tenantId }, action, async () => {
    await tenants.update(tenantId, { status });
    return { endedSessions: status === 'active' ? 0 : await sessions.endAllOf({ tenantId }) };
  });
}
