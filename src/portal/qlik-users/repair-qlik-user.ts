import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import type { Account } from '../../domain/model/account.ts';
import { record } from '../audit.ts';
import { syncQlikUser } from './sync-qlik-user.ts';

export interface RepairDeps {
  /** Paced: a tenant may have many thousand users. */
  readonly qlikUsers: Pick<QlikUsers, 'update'>;
  readonly qlikMappings: QlikMappingStore;
  readonly audit: AuditLog;
}

export interface RepairContext {
  readonly tenant: Tenant;
  readonly access: TenantAccess;
  readonly actor: string;
}

/** Repairs differences between a Qlik user and its account; each is audited and returns whether it was repaired. */
export type Repairs = ReturnType<typeof createRepairs>;

export function createRepairs(deps: RepairDeps, { tenant, access, actor }: RepairContext) {
  const { qlikUsers, qlikMappings, audit } = deps;
  const context = { audit, actor, tenantId: tenant.id };
  const contextOf = (account?: Account) => ({ ...context, userId: account?.id });
  return {
    async disable({ id: qlikUserId }: QlikUser, account?: Account): Promise<boolean> {
      await qlikUsers.update(access, qlikUserId, { status: 'disabled' });
      if (account) await qlikMappings.setClosedUser(account.id, qlikUserId);
      await record(contextOf(account), 'qlik-user.disable', { qlikUserId });
      return true;
    },

    async map(account: Account, { id: qlikUserId }: QlikUser): Promise<boolean> {
      const to = { field: 'userId', value: qlikUserId } as const;
      const mapped = await qlikMappings.replace(account.id, { from: null, to });
      if (mapped) await record(contextOf(account), 'qlik-user.link', { qlikUserId, how: 'reconcile' });
      return mapped;
    },

    async sync(account: Account, qlikUser: QlikUser): Promise<boolean> {
      await syncQlikUser(deps, { account, qlikUser, access, context: contextOf(account) });
      return true;
    },
  };
}
