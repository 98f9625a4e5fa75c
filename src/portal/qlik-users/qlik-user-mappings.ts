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
import { mapQlikUser, type MapDeps } from './map-qlik-user.ts';
import type { ManagementAccess } from './management-access.ts';

/** Sees to it that accounts have their Qlik users, behind the back of whoever signs in. */
export interface QlikUserMappings {
  /** Begins to look for, or to mend, the person's Qlik user; nobody waits for it. */
  start(userId: AccountId, source?: RequestSource): void;
  /**
   * The Qlik user of an account that has none yet.
   * @throws PortalError qlik_user_linking while it is being looked for, qlik_user_not_linked, and those of QlikUsers
   */
  mapped(member: TenantMember, source?: RequestSource): Promise<QlikUserRef>;
  /** Waits until nothing runs, `ms` at most. */
  drain(ms: number): Promise<void>;
}

interface MappingsDeps extends MapDeps {
  readonly management: ManagementAccess;
  readonly tenantMembers: TenantMemberReader;
  readonly clock: Clock;
  readonly timer: Timer;
}

/** How long a token request waits; then the page is told what it waits for, and asks again. */
const PATIENCE_MS = 4_000;
const ASK_AGAIN_S = 2;
/** How long a search that found nobody is not done again for the page; a sign-in always searches. */
const REFUSAL_HOLDS_MS = 15_000;

export function createQlikUserMappings(deps: MappingsDeps): QlikUserMappings {
  const { management, tenantMembers, clock, timer, audit, log } = deps;
  const searches = createSingleFlight<AccountId, { readonly result: Promise<QlikUserRef> }>();
  const refusals = createCoolDowns({ clock });

  /** Any number of callers share one search; it is on record for the request of the first. */
  function join(userId: AccountId, source: RequestSource | undefined): Promise<QlikUserRef> {
    return searches.join(userId, () => ({ result: look(userId, source) })).result;
  }

  async function look(userId: AccountId, source: RequestSource | undefined): Promise<QlikUserRef> {
    // As things are now, not as they were when somebody asked.
    const subject = await tenantMembers.find(userId);
    if (subject?.account.status !== 'active' || subject.tenant.status !== 'active') {
      throw new PortalError('qlik_user_not_linked');
    }
    if (subject.tenant.management === null) return mappedByOps(subject);
    try {
      return await management.run(subject.tenant, (access) =>
        mapQlikUser(deps, { member: subject, access, source }),
      );
    } catch (error) {
      await noteFailure(subject, error, source);
      throw error;
    }
  }

  async function noteFailure(
    { account, tenant }: TenantMember,
    error: unknown,
    source: RequestSource | undefined,
  ): Promise<void> {
    const { code, cause, qlikTraceId } = asPortalError(error);
    const fields = { tenantId: tenant.id, userId: account.id, code, qlikTraceId, err: error };
    log.warn(fields, 'the account was not linked to a Qlik user');
    if (!hasCode(error, 'qlik_user_not_linked')) return;
    refusals.failed(account.id, error, REFUSAL_HOLDS_MS);
    const reason = cause instanceof Error ? cause.message : code;
    await audit.append({
      action: 'qlik-user.link',
      result: 'failed',
      actor: 'portal',
      userId: account.id,
      tenantId: tenant.id,
      ...source,
      detail: { reason },
    });
  }

  return {
    start(userId, from) {
      // Noted where it happened.
      join(userId, from).catch(() => undefined);
    },

    async mapped({ account, tenant }, from) {
      if (tenant.management === null) return mappedByOps({ account, tenant });
      const refusal = refusals.current(account.id);
      if (refusal !== undefined && searches.pending(account.id) === undefined) throw refusal.error;
      return withTimeout(join(account.id, from), {
        timer,
        ms: PATIENCE_MS,
        onTimeout: () => {
          throw new PortalError('qlik_user_linking', { retryAfterS: ASK_AGAIN_S });
        },
      });
    },

    async drain(ms) {
      const results = searches.all().map(({ result }) => result);
      await withTimeout(Promise.allSettled(results), { timer, ms, onTimeout: () => undefined });
    },
  };
}

/** Without management credentials there is nobody to ask. */
function mappedByOps({ account }: TenantMember): QlikUserRef {
  if (account.qlikUser === null) throw new PortalError('qlik_user_not_linked');
  return account.qlikUser;
}
