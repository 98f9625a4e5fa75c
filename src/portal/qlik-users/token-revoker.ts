import type { SessionDirectory } from '../../domain/ports/session-directory.ts';
import type { Clock } from '../../runtime/clock.ts';
import { asPortalError, hasCode, type PortalError } from '../../domain/errors.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import type { Log } from '../../runtime/log.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { QlikOAuth } from '../../domain/ports/qlik/qlik-oauth.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { Timer } from '../../runtime/timer.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { Account } from '../../domain/model/account.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import type { AccessToken } from '../../domain/model/token.ts';
import { record } from '../audit.ts';
import type { TokenIssuer } from '../tokens/issue-token.ts';
import { revokeAllTokens, type RevokeDeps } from './revoke-tokens.ts';

/** All tokens are revoked; only the one that the portal knew (no management credentials); or why the first try failed. */
export type Revocation = 'done' | 'known-only' | PortalError['code'];

/** Revokes Qlik tokens in the background of sign-outs. */
export interface TokenRevoker {
  /** A person ended their session: revokes their token unless another session uses the same Qlik user. */
  onSignOut(accountId: AccountId): void;
  /**
   * Sessions were ended for the person, so a token of theirs may be in other hands: revokes all tokens of the Qlik user.
   * Pages of remaining sessions request another. Resolves after the first try and never rejects; retries in the
   * background.
   */
  revokeAll(account: Account): Promise<Revocation>;
  /** The portal stops: gives waiting revocations one last try, and waits for all, at most `ms`. */
  drain(ms: number): Promise<void>;
}

interface TokenRevokerDeps extends RevokeDeps {
  readonly oauth: Pick<QlikOAuth, 'revoke'>;
  /** For sign-outs: waits for the tenant's budget, unless the portal stops. */
  readonly closingOAuth: Pick<QlikOAuth, 'revoke'>;
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

/** Between tries, in ms; a longer `Retry-After` counts. */
const PAUSES_MS = [1_000, 5_000, 30_000, 120_000, 600_000];

type Outcome = 'ok' | PortalError['code'];

interface Job {
  readonly work: () => Promise<void>;
  /** ms since the epoch: no try later than this. */
  readonly until: number;
  readonly onTry?: (outcome: Outcome) => void;
}

export function createTokenRevoker(deps: TokenRevokerDeps): TokenRevoker {
  const { tokens, tenantMembers, tenants, sessions, absoluteLimitMs, audit, clock, timer, log } = deps;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function revokeUnlessUsed(accountId: AccountId): Promise<void> {
    const member = await tenantMembers.find(accountId);
    if (!member) return;
    const { tenant, account } = member;
    const { qlikUser } = account;
    if (qlikUser === null) return;
    const begunAfter = clock.now() - absoluteLimitMs;
    if (await sessions.anyFor({ tenantId: tenant.id, qlikUser, begunAfter })) return;
    const token = await tokens.forget(member);
    if (token === undefined) return;
    const work = () => revokeToken(deps.closingOAuth, tenant, token);
    const outcome = await retry(member, { work, until: token.expiresAt });
    await recordOutcome(member, outcome, { tokenId: token.tokenId });
  }

  async function revokeEverything(
    account: Account,
    resolve: (revocation: Revocation) => void,
  ): Promise<void> {
    const tenant = await tenants.find(account.tenantId);
    if (tenant === undefined || account.qlikUser === null) return resolve('done');
    const member = { account, tenant };
    const token = await tokens.forget(member);
    const managed = tenant.management !== null;
    let alsoRevoked = 0;
    const outcome = await retry(member, {
      async work() {
        // First, because it needs only the client that obtained it.
        if (token !== undefined) await revokeToken(deps.oauth, tenant, token);
        if (managed) await revokeAllTokens(deps, member, () => (alsoRevoked += 1));
      },
      until: token?.expiresAt ?? Infinity,
      onTry: (first) => resolve(first !== 'ok' ? first : managed ? 'done' : 'known-only'),
    });
    if (outcome === 'ok' && token === undefined && alsoRevoked === 0) return;
    await recordOutcome(member, outcome, {
      ...(token !== undefined && { tokenId: token.tokenId }),
      ...(managed && { alsoRevoked }),
    });
  }

  async function retry({ account, tenant }: TenantMember, { work, until, onTry }: Job): Promise<Outcome> {
    for (let attempt = 0; ; attempt += 1) {
      // A job that was waiting when the portal began to stop has one more try.
      const lastTry = stopping.signal.aborted;
      try {
        await work();
        onTry?.('ok');
        return 'ok';
      } catch (error) {
        const { code, retryAfterS, qlikTraceId } = asPortalError(error);
        onTry?.(code);
        log.warn({ tenantId: tenant.id, userId: account.id, code, qlikTraceId }, 'token revocation failed');
        const pause = Math.max(PAUSES_MS[attempt] ?? 0, (retryAfterS ?? 0) * 1000);
        const permanent = !hasCode(error, 'qlik_unavailable', 'qlik_timeout', 'qlik_rate_limited');
        const tooLate = attempt >= PAUSES_MS.length || clock.now() + pause >= until;
        if (permanent || tooLate || lastTry) return code;
        await timer.sleep(pause, stopping.signal);
      }
    }
  }

  async function recordOutcome(
    { account, tenant }: TenantMember,
    outcome: Outcome,
    detail: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const context = { audit, actor: 'portal', userId: account.id, tenantId: tenant.id };
    const failed = outcome !== 'ok';
    const details = failed ? { ...detail, code: outcome } : detail;
    await record(context, 'qlik-token.revoke', details, failed ? 'failed' : 'ok');
  }

  function runInBackground(
    userId: AccountId,
    work: Promise<void>,
    onFailure?: (code: PortalError['code']) => void,
  ): void {
    const job = work
      .catch((error: unknown) => {
        const { code } = asPortalError(error);
        onFailure?.(code);
        log.warn({ userId, code, err: error }, 'token revocation failed');
      })
      .finally(() => running.delete(job));
    running.add(job);
  }

  return {
    onSignOut: (accountId) => runInBackground(accountId, revokeUnlessUsed(accountId)),
    revokeAll(account) {
      const { promise, resolve } = Promise.withResolvers<Revocation>();
      runInBackground(account.id, revokeEverything(account, resolve), resolve);
      return promise;
    },
    async drain(ms) {
      stopping.abort();
      await withTimeout(Promise.all(running), { timer, ms, onTimeout: () => undefined });
    },
  };
}

async function revokeToken(
  oauth: Pick<QlikOAuth, 'revoke'>,
  { host, impersonation: client }: Tenant,
  token: AccessToken,
): Promise<void> {
  // Without a client there was no token.
  if (client !== null) await oauth.revoke({ host, client, token });
}
