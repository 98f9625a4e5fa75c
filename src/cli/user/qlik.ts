import type { Portal } from '../../compose/portal.ts';
import { PortalError } from '../../domain/errors.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { Account } from '../../domain/model/account.ts';
import { MANAGEMENT_SCOPES, withManagementToken } from '../../portal/tenants/management-token.ts';
import { setQlikUserStatus } from '../../portal/qlik-users/set-qlik-user-status.ts';
import { syncGroups } from '../../portal/qlik-users/sync-groups.ts';
import type { CliContext } from '../context.ts';
import { openOps } from '../ops.ts';
import type { Terminal } from '../console/terminal.ts';

/** Longer than this a tenant takes only where its budget is used up; the account itself is closed already. */
const TENANT_WITHIN_MS = 10_000;

/** Revokes the Qlik tokens of an account, and warns where some may stay valid. */
export function revokeTokensAndWarn(
  terminal: Terminal,
  { tokenRevoker, config, timer }: Portal,
): (account: Account) => Promise<void> {
  return async (user) => {
    const revocation = await withTimeout(tokenRevoker.revokeAll(user), {
      timer,
      ms: TENANT_WITHIN_MS,
      onTimeout: () => 'qlik_rate_limited' as const,
    });
    // Redis holds the token of all replicas; without it, it is in the memory of the server.
    if (revocation === 'done' || (revocation === 'known-only' && config.redisUrl !== undefined)) return;
    const why =
      revocation === 'known-only' ? `tenant ${user.tenantId} has no management credentials` : revocation;
    terminal.err(
      `warning: a Qlik token that pages of ${user.email} hold works until it ends, for six hours at most (${why})`,
    );
  };
}

/**
 * Lets the Qlik user follow what was done to its account. What is done to the account stands also where the tenant does
 * not answer: then a line says so, and `portal user reconcile` makes up for it. Answers the id of the Qlik user changed.
 */
export async function followInQlik(
  { terminal, actor }: CliContext,
  portal: Portal,
  change: { account: Account; status: Account['status'] } | { account: Account; groups: true },
): Promise<string | null> {
  const { account } = change;
  const tenant = await portal.storage.tenants.find(account.tenantId);
  if (!tenant?.management) return null;
  const { deps } = openOps(terminal, portal);
  const { accounts, audit, qlikMappings } = portal.storage;
  const { subjectPrefix } = portal.config.qlik;
  const following = { qlikUsers: deps.users, accounts, audit, qlikMappings, subjectPrefix };
  const admin = { client: tenant.management, scopes: MANAGEMENT_SCOPES };
  const follow = (access: TenantAccess) =>
    'status' in change
      ? setQlikUserStatus(following, { account, status: change.status, access, actor })
      : syncGroups(following, { account, access, actor });
  try {
    const followed = withManagementToken(deps, { host: tenant.host, admin }, follow);
    const changed = await withTimeout(followed, {
      timer: portal.timer,
      ms: TENANT_WITHIN_MS,
      onTimeout: () => {
        throw new PortalError('qlik_rate_limited');
      },
    });
    return changed?.id ?? null;
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    terminal.err(
      `warning: the Qlik user is as it was (${error.code}); later: portal user reconcile ${tenant.id}`,
    );
    return null;
  }
}
