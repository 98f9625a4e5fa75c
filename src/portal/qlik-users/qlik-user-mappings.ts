import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import { asPortalError, hasCode, PortalError } from '../../domain/errors.ts';
import type { PortalUserId } from '../../domain/model/ids.ts';
import type { RequestOrigin } from '../../domain/model/request-source.ts';
import type { Subject } from '../../domain/model/tenant-member.ts';
import type { SubjectReader } from '../../domain/ports/tenant-member-reader.ts';
import { type Timer, within } from '../../runtime/timer.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import { linkQlikUser, type LinkDeps } from './map-qlik-user.ts';
import type { ManagementAccess } from './management-access.ts';

/** Sees to it that accounts have their Qlik users, behind the back of whoever signs in. */
export interface QlikUserLinks {
  /** Begins to look for, or to mend, the person's Qlik user; nobody waits for it. */
  begin(userId: PortalUserId, from?: RequestOrigin): void;
  /**
   * The Qlik user of an account that has none yet.
   * @throws PortalError qlik_user_linking while it is being looked for, qlik_user_not_linked, and those of QlikUsers
   */
  linked(subject: Subject, from?: RequestOrigin): Promise<QlikUserRef>;
  /** Waits until nothing runs, `ms` at most. */
  settle(ms: number): Promise<void>;
}

interface LinksDeps extends LinkDeps {
  readonly management: ManagementAccess;
  readonly subjects: SubjectReader;
  readonly clock: Clock;
  readonly timer: Timer;
}

/** How long a token request waits; then the page is told what it waits for, and asks again. */
const PATIENCE_MS = 4_000;
const ASK_AGAIN_S = 2;
/** How long a search that found nobody is not done again for the page; a sign-in always searches. */
const REFUSAL_HOLDS_MS = 15_000;

export function createQlikUserLinks(deps: LinksDeps): QlikUserLinks {
  const { management, subjects, clock, timer, audit, log } = deps;
  const running = new Map<PortalUserId, Promise<QlikUserRef>>();
  const refused = new LRUCache<PortalUserId, { readonly error: PortalError; readonly until: number }>({
    max: 10_000,
  });

  /** Any number of callers share one search; it is on record for the request of the first. */
  function join(userId: PortalUserId, from: RequestOrigin | undefined): Promise<QlikUserRef> {
    const known = running.get(userId);
    if (known !== undefined) return known;
    const search = look(userId, from).finally(() => running.delete(userId));
    running.set(userId, search);
    return search;
  }

  async function look(userId: PortalUserId, from: RequestOrigin | undefined): Promise<QlikUserRef> {
    // As things are now, not as they were when somebody asked.
    const subject = await subjects.find(userId);
    if (subject?.user.status !== 'active' || subject.tenant.status !== 'active') {
      throw new PortalError('qlik_user_not_linked');
    }
    if (subject.tenant.management === null) return linkedByOps(subject);
    try {
      return await management.run(subject.tenant, (access) => linkQlikUser(deps, { subject, access, from }));
    } catch (error) {
      await noteFailure(subject, error, from);
      throw error;
    }
  }

  async function noteFailure(
    { user, tenant }: Subject,
    error: unknown,
    from: RequestOrigin | undefined,
  ): Promise<void> {
    const { code, cause, qlikTraceId } = asPortalError(error);
    const fields = { tenantId: tenant.id, userId: user.id, code, qlikTraceId, err: error };
    log.warn(fields, 'the account was not linked to a Qlik user');
    if (!hasCode(error, 'qlik_user_not_linked')) return;
    refused.set(user.id, { error, until: clock.now() + REFUSAL_HOLDS_MS });
    const reason = cause instanceof Error ? cause.message : code;
    await audit.append({
      action: 'qlik-user.link',
      result: 'failed',
      actor: 'portal',
      userId: user.id,
      tenantId: tenant.id,
      ...from,
      detail: { reason },
    });
  }

  return {
    begin(userId, from) {
      // Noted where it happened.
      join(userId, from).catch(() => undefined);
    },

    async linked({ user, tenant }, from) {
      if (tenant.management === null) return linkedByOps({ user, tenant });
      const refusal = refused.get(user.id);
      if (refusal !== undefined && refusal.until > clock.now() && !running.has(user.id)) throw refusal.error;
      const found = await within(timer, PATIENCE_MS, join(user.id, from));
      if (found !== undefined) return found;
      throw new PortalError('qlik_user_linking', { retryAfterS: ASK_AGAIN_S });
    },

    async settle(ms) {
      await within(timer, ms, Promise.allSettled(running.values()));
    },
  };
}

/** Without management credentials there is nobody to ask. */
function linkedByOps({ user }: Subject): QlikUserRef {
  if (user.qlikUser === null) throw new PortalError('qlik_user_not_linked');
  return user.qlikUser;
}
