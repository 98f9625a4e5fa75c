import { PortalError } from '../../domain/errors.ts';
import type { Account } from '../../domain/model/account.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser } from '../../domain/ports/qlik/qlik-users.ts';
import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { Timer } from '../../runtime/timer.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import { storedManagement, withManagementToken } from '../tenants/management-token.ts';
import { setQlikUserStatus, type SetStatusDeps } from './set-qlik-user-status.ts';
import { findManagedQlikUser } from './find-qlik-user.ts';
import { syncQlikUser } from './sync-qlik-user.ts';

/** A tenant takes longer only where its budget is used up; the account itself is changed already. */
const UPDATE_WITHIN_MS = 10_000;

interface UpdateDeps extends SetStatusDeps {
  readonly qlikMappings: QlikMappingStore;
  readonly tenants: Pick<TenantStore, 'find'>;
  readonly oauth: QlikOAuth;
  readonly timer: Timer;
}

/** What was changed of the account: its status, or its groups. */
export type AccountChange =
  | { readonly account: Account; readonly status: Account['status'] }
  | { readonly account: Account; readonly groups: true };

export interface QlikUserUpdate {
  /** The Qlik user that was changed. */
  readonly qlikUserId: string | null;
  readonly warning?: string;
}

/**
 * Changes the account's own Qlik user like the account. The change of the account stands also where the tenant does
 * not answer: the result has a warning then, and `portal user reconcile` completes it.
 */
export async function updateOwnQlikUser(
  deps: UpdateDeps,
  change: AccountChange,
  actor: string,
): Promise<QlikUserUpdate> {
  const { account } = change;
  const tenant = await deps.tenants.find(account.tenantId);
  const management = storedManagement(tenant);
  if (tenant === undefined || management === undefined) return { qlikUserId: null };
  const update = (access: TenantAccess) =>
    'status' in change
      ? setQlikUserStatus(deps, { account, status: change.status, access, actor })
      : syncManagedUser(deps, { account, access, actor });
  try {
    const updated = withManagementToken(deps, { host: tenant.host, management }, update);
    const changed = await withTimeout(updated, {
      timer: deps.timer,
      ms: UPDATE_WITHIN_MS,
      onTimeout: () => {
        throw new PortalError('qlik_rate_limited');
      },
    });
    return { qlikUserId: changed?.id ?? null };
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    const warning = `the Qlik user was not changed (${error.code}); retry: portal user reconcile ${tenant.id} --repair`;
    return { qlikUserId: null, warning };
  }
}

/** So that a group that was removed ends access now and not at the next sign-in. Returns the Qlik user it changed. */
async function syncManagedUser(
  deps: UpdateDeps,
  { account, access, actor }: { account: Account; access: TenantAccess; actor: string },
): Promise<QlikUser | undefined> {
  const qlikUser = await findManagedQlikUser(deps, account, access);
  if (qlikUser === undefined) return undefined;
  const context = { audit: deps.audit, actor, tenantId: account.tenantId, userId: account.id };
  const changed = await syncQlikUser(deps, { account, qlikUser, access, context });
  return changed ? qlikUser : undefined;
}
