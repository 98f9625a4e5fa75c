import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import { asPortalError, hasCode, PortalError } from '../../domain/errors.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import { type Timer, within } from '../../runtime/timer.ts';
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
  const running = new Map<AccountId, Promise<QlikUserRef>>();
  const refused = new LRUCache<AccountId, { readonly error: PortalError; readonly until: number }>({
    max: 10_000,
  });

  /** Any number of callers share one search; it is on record for the request of the first. */
  function join(userId: AccountId, source: RequestSource | undefined): Promise<QlikUserRef> {
    const known = running.get(userId);
    if (known !== undefined) return known;
    const search = look(userId, source).finally(() => running.delete(userId));
    running.set(userId, search);
    return search;
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
    refused.set(account.id, { error, until: clock.now() + REFUSAL_HOLDS_MS });
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
      const refusal = refused.get(account.id);
      if (refusal !== undefined && refusal.until > clock.now() && !running.has(account.id))
        throw refusal.error;
      const found = await within(timer, PATIENCE_MS, join(account.id, from));
      if (found !== undefined) return found;
      throw new PortalError('qlik_user_linking', { retryAfterS: ASK_AGAIN_S });
    },

    async drain(ms) {
      await within(timer, ms, Promise.allSettled(running.values()));
    },
  };
}

/** Without management credentials there is nobody to ask. */
function mappedByOps({ account }: TenantMember): QlikUserRef {
  if (account.qlikUser === null) throw new PortalError('qlik_user_not_linked');
  return account.qlikUser;
}
