import type { Clock } from '../../runtime/clock.ts';
import { asPortalError, hasCode, PortalError } from '../../domain/errors.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import { createCoolDowns } from '../../runtime/cool-down.ts';
import { createSingleFlight } from '../../runtime/single-flight.ts';
import type { Timer } from '../../runtime/timer.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { record } from '../audit.ts';
import { mapQlikUser, type MapDeps } from './map-qlik-user.ts';
import type { ManagementAccess } from './management-access.ts';

/** Maps accounts to Qlik users in the background of sign-ins. */
export interface QlikUserMappings {
  /** Starts to map the account, or to update its Qlik user; does not wait and never fails. */
  start(accountId: AccountId, source?: RequestSource): void;
  /**
   * The Qlik user of an account that has no mapping yet.
   * @throws PortalError qlik_user_linking while the search runs, qlik_user_not_linked, and those of QlikUsers
   */
  mapped(member: TenantMember, source?: RequestSource): Promise<QlikUserRef>;
  /** Waits for all running searches, at most `ms`. */
  drain(ms: number): Promise<void>;
}

interface MappingsDeps extends MapDeps {
  readonly management: ManagementAccess;
  readonly tenantMembers: TenantMemberReader;
  readonly clock: Clock;
  readonly timer: Timer;
}

/** ms that a token request waits for a search before it answers `qlik_user_linking`. */
const WAIT_MS = 4_000;
const RETRY_AFTER_S = 2;
/** ms for which token requests do not repeat a search that found no Qlik user; a sign-in always searches. */
const NOT_FOUND_MS = 15_000;

export function createQlikUserMappings(deps: MappingsDeps): QlikUserMappings {
  const { management, tenantMembers, clock, timer, audit, log } = deps;
  const searches = createSingleFlight<AccountId, { readonly result: Promise<QlikUserRef> }>();
  const notFound = createCoolDowns({ clock });

  /** All callers share one search; the audit log names the request of the first. */
  function search(accountId: AccountId, source: RequestSource | undefined): Promise<QlikUserRef> {
    return searches.join(accountId, () => ({ result: map(accountId, source) })).result;
  }

  async function map(accountId: AccountId, source: RequestSource | undefined): Promise<QlikUserRef> {
    const member = await tenantMembers.find(accountId);
    if (member?.account.status !== 'active' || member.tenant.status !== 'active') {
      throw new PortalError('qlik_user_not_linked');
    }
    if (member.tenant.management === null) return mappedByOps(member);
    try {
      return await management.run(member.tenant, (access) => mapQlikUser(deps, { member, access, source }));
    } catch (error) {
      await recordFailure(member, error, source);
      throw error;
    }
  }

  async function recordFailure(
    { account, tenant }: TenantMember,
    error: unknown,
    source: RequestSource | undefined,
  ): Promise<void> {
    const { code, cause, qlikTraceId } = asPortalError(error);
    const who = { tenantId: tenant.id, userId: account.id };
    log.warn({ ...who, code, qlikTraceId, err: error }, 'mapping the account to a Qlik user failed');
    if (!hasCode(error, 'qlik_user_not_linked')) return;
    notFound.failed(account.id, error, NOT_FOUND_MS);
    const reason = cause instanceof Error ? cause.message : code;
    await record({ audit, actor: 'portal', ...who, source }, 'qlik-user.link', { reason }, 'failed');
  }

  return {
    start(accountId, source) {
      // Logged and audited by the search.
      search(accountId, source).catch(() => undefined);
    },

    async mapped({ account, tenant }, source) {
      if (tenant.management === null) return mappedByOps({ account, tenant });
      const refusal = notFound.current(account.id);
      if (refusal !== undefined && searches.pending(account.id) === undefined) throw refusal.error;
      return withTimeout(search(account.id, source), {
        timer,
        ms: WAIT_MS,
        onTimeout: () => {
          throw new PortalError('qlik_user_linking', { retryAfterS: RETRY_AFTER_S });
        },
      });
    },

    async drain(ms) {
      const results = searches.all().map(({ result }) => result);
      await withTimeout(Promise.allSettled(results), { timer, ms, onTimeout: () => undefined });
    },
  };
}

/** Without management credentials the portal cannot search. */
function mappedByOps({ account }: TenantMember): QlikUserRef {
  if (account.qlikUser === null) throw new PortalError('qlik_user_not_linked');
  return account.qlikUser;
}
