import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import { requireTenant } from './provision/tenant-record.ts';

/** A store that reads the real one, and keeps what it is given to itself. */
export function dryRunTenants(real: TenantStore): TenantStore {
  const written = new Map<string, Tenant | undefined>();
  const find: TenantStore['find'] = async (id) => (written.has(id) ? written.get(id) : real.find(id));
  const known = (id: TenantId) => requireTenant({ find }, id);
  return {
    find,
    async list() {
      const merged = new Map(
        (await real.list()).map((tenant): [string, Tenant | undefined] => [tenant.id, tenant]),
      );
      for (const [id, tenant] of written) merged.set(id, tenant);
      return [...merged.values()].filter((tenant) => tenant !== undefined);
    },
    async save(tenant) {
      written.set(tenant.id, tenant);
    },
    async update(id, changes) {
      written.set(id, { ...(await known(id)), ...changes });
    },
    async replaceCredentials(id, role, { to }) {
      written.set(id, { ...(await known(id)), [role]: to });
    },
    async remove(id) {
      written.set(id, undefined);
    },
  };
}

/** Accounts that stay, whoever removes them. */
export function dryRunAccounts(real: AccountStore): Pick<AccountStore, 'list' | 'remove'> {
  return { list: (tenantId) => real.list(tenantId), remove: () => Promise.resolve() };
}

export const dryRunSessions: Pick<SessionRegistry, 'endAllOf'> = { endAllOf: () => Promise.resolve(0) };

/** What was not done is not written down. */
export const dryRunAudit: AuditLog = { append: () => Promise.resolve() };
