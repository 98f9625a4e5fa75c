import type { SessionDirectory } from '../../domain/ports/session-directory.ts';
import type { Clock } from '../../runtime/clock.ts';
import { asPortalError, hasCode, type PortalError } from '../../domain/errors.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import type { Log } from '../../runtime/log.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { Timer } from '../../runtime/timer.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { Account } from '../../domain/model/account.ts';
import type { TokenIssuer } from '../tokens/issue-token.ts';
import { revokeAllTokens, revokeToken, type RevokeDeps } from './revoke-tokens.ts';

/** How taking tokens back went: all are, only the one that the portal knew of could be, or it failed so far. */
export type Revocation = 'done' | 'known-only' | PortalError['code'];

/** Gives tokens back that nobody needs any more, behind the back of whoever signs out. */
export interface TokenRevoker {
  /** After a session of the person ended: their token is revoked unless another session needs it. */
  onSignOut(userId: AccountId): void;
  /**
   * After sessions of the person were ended by others: whoever held one may hold the token, so it is worth nothing any
   * more. Pages that go on ask for another. Answers after the first try and never rejects; what failed is tried again
   * in the background.
   */
  revokeAll(account: Account): Promise<Revocation>;
  /** Lets waiting revocations try once more, and waits for all, `ms` at most. */
  drain(ms: number): Promise<void>;
}

interface TokenRevokerDeps extends RevokeDeps {
  /** For people who leave by themselves: in the turn that the tenant's budget gives. */
  readonly queuedOAuth: RevokeDeps['oauth'];
  readonly tokens: Pick<TokenIssuer, 'forget'>;
  readonly tenantMembers: TenantMemberReader;
  readonly tenants: Pick<TenantStore, 'find'>;
  readonly sessions: Pick<SessionDirectory, 'anyFor'>;
  /** Of sessions, in ms. */
  readonly absoluteLimitMs: number;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
}

/** Pauses between tries, in ms; a tenant that says how long to wait is believed. */
const PAUSES_MS = [1_000, 5_000, 30_000, 120_000, 600_000];

type Outcome = 'ok' | PortalError['code'];

export function createTokenRevoker(deps: TokenRevokerDeps): TokenRevoker {
  const { tokens, tenantMembers, tenants, sessions, absoluteLimitMs, clock, timer, log } = deps;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function depart(userId: AccountId): Promise<void> {
    const subject = await tenantMembers.find(userId);
    if (!subject || subject.account.qlikUser === null) return;
    const { qlikUser } = subject.account;
    const begunAfter = clock.now() - absoluteLimitMs;
    if (await sessions.anyFor({ tenantId: subject.tenant.id, qlikUser, begunAfter })) return;
    const token = await tokens.forget(subject);
    if (token === undefined) return;
    const revoke = () => revokeToken({ ...deps, oauth: deps.queuedOAuth }, subject.tenant, token);
    const outcome = await persist(subject, { work: revoke, until: token.expiresAt });
    await record(subject, outcome, { tokenId: token.tokenId });
  }

  async function takeBack(account: Account, tried: (withdrawal: Revocation) => void): Promise<void> {
    const tenant = await tenants.find(account.tenantId);
    if (tenant === undefined || account.qlikUser === null) return tried('done');
    const subject = { account, tenant };
    const token = await tokens.forget(subject);
    const managed = tenant.management !== null;
    let revoked = 0;
    async function work(): Promise<void> {
      // First, because it needs no more than the client that made it.
      if (token !== undefined) await revokeToken(deps, subject.tenant, token);
      if (managed) revoked += await revokeAllTokens(deps, subject);
    }
    const outcome = await persist(subject, {
      work,
      until: token?.expiresAt ?? Infinity,
      tried: (first) => tried(first !== 'ok' ? first : managed ? 'done' : 'known-only'),
    });
    if (outcome === 'ok' && token === undefined && revoked === 0) return;
    await record(subject, outcome, {
      ...(token !== undefined && { tokenId: token.tokenId }),
      ...(managed && { alsoRevoked: revoked }),
    });
  }

  /** Tries until it is done, in vain, or too late (`until`, ms since the epoch). */
  async function persist(
    { account, tenant }: TenantMember,
    job: { work: () => Promise<void>; until: number; tried?: (first: Outcome) => void },
  ): Promise<Outcome> {
    for (let attempt = 0; ; attempt += 1) {
      // What was waiting for its turn when the portal began to stop has one more.
      const lastTry = stopping.signal.aborted;
      try {
        await job.work();
        job.tried?.('ok');
        return 'ok';
      } catch (error) {
        const { code, retryAfterS, qlikTraceId } = asPortalError(error);
        job.tried?.(code);
        log.warn({ tenantId: tenant.id, userId: account.id, code, qlikTraceId }, 'a token was not revoked');
        const pause = Math.max(PAUSES_MS[attempt] ?? 0, (retryAfterS ?? 0) * 1000);
        const inVain = !hasCode(error, 'qlik_unavailable', 'qlik_timeout', 'qlik_rate_limited');
        const over = attempt >= PAUSES_MS.length || clock.now() + pause >= job.until;
        if (inVain || over || lastTry) return code;
        await timer.sleep(pause, stopping.signal);
      }
    }
  }

  async function record(
    { account, tenant }: TenantMember,
    outcome: Outcome,
    detail: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    await deps.audit.append({
      action: 'qlik-token.revoke',
      result: outcome === 'ok' ? 'ok' : 'failed',
      actor: 'portal',
      userId: account.id,
      tenantId: tenant.id,
      detail: { ...detail, ...(outcome !== 'ok' && { code: outcome }) },
    });
  }

  function inBackground(
    userId: AccountId,
    work: Promise<void>,
    failed?: (code: PortalError['code']) => void,
  ): void {
    const departure = work
      .catch((error: unknown) => {
        const { code } = asPortalError(error);
        failed?.(code);
        log.warn({ userId, code, err: error }, 'a token was not given back');
      })
      .finally(() => running.delete(departure));
    running.add(departure);
  }

  return {
    onSignOut: (userId) => inBackground(userId, depart(userId)),
    revokeAll(user) {
      const { promise, resolve } = Promise.withResolvers<Revocation>();
      inBackground(user.id, takeBack(user, resolve), resolve);
      return promise;
    },
    async drain(ms) {
      stopping.abort();
      await withTimeout(Promise.all(running), { timer, ms, onTimeout: () => undefined });
    },
  };
}
