import type { SessionDirectory } from '../../domain/accounts.ts';
import type { Clock } from '../../domain/clock.ts';
import { hasCode, PortalError } from '../../domain/errors.ts';
import type { PortalUserId } from '../../domain/ids.ts';
import type { Log } from '../../domain/log.ts';
import type { AuditLog, QlikOAuth, Subject, SubjectReader } from '../../domain/ports.ts';
import type { Timer } from '../../domain/timer.ts';
import type { AccessToken } from '../../domain/token.ts';
import type { TokenIssuer } from '../issue-token.ts';

/** Gives tokens back that nobody needs any more, behind the back of whoever signs out. */
export interface QlikDeparture {
  /** After a session of the person ended: their token is revoked unless another session needs it. */
  leave(userId: PortalUserId): void;
  /** Lets waiting revocations try once more, and waits for all, `ms` at most. */
  settle(ms: number): Promise<void>;
}

interface DepartureDeps {
  readonly tokens: Pick<TokenIssuer, 'forget'>;
  readonly oauth: Pick<QlikOAuth, 'revoke'>;
  readonly subjects: SubjectReader;
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

export function createQlikDeparture(deps: DepartureDeps): QlikDeparture {
  const { tokens, subjects, sessions, absoluteLimitMs, clock, timer, log } = deps;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function depart(userId: PortalUserId): Promise<void> {
    const subject = await subjects.find(userId);
    if (!subject || subject.user.qlikUser === null) return;
    const { user, tenant } = subject;
    const begunAfter = clock.now() - absoluteLimitMs;
    const needed = await sessions.anyFor({
      tenantId: tenant.id,
      qlikUser: subject.user.qlikUser,
      begunAfter,
    });
    if (needed) return;
    const token = await tokens.forget(subject);
    if (token === undefined) return;
    const outcome = await revoke(subject, token);
    await deps.audit.append({
      action: 'qlik-token.revoke',
      result: outcome === 'ok' ? 'ok' : 'failed',
      actor: 'portal',
      userId: user.id,
      tenantId: tenant.id,
      detail: { tokenId: token.tokenId, ...(outcome !== 'ok' && { code: outcome }) },
    });
  }

  async function revoke({ tenant }: Subject, token: AccessToken): Promise<'ok' | PortalError['code']> {
    const { host, impersonation: client } = tenant;
    if (client === null) return 'tenant_not_provisioned';
    for (let attempt = 0; ; attempt += 1) {
      try {
        await deps.oauth.revoke({ host, client, token });
        return 'ok';
      } catch (error) {
        const { code, retryAfterS, qlikTraceId } = asPortalError(error);
        log.warn(
          { tenantId: tenant.id, tokenId: token.tokenId, code, qlikTraceId },
          'a token was not revoked',
        );
        const pause = Math.max(PAUSES_MS[attempt] ?? 0, (retryAfterS ?? 0) * 1000);
        const inVain = !hasCode(error, 'qlik_unavailable', 'qlik_timeout', 'qlik_rate_limited');
        const over = attempt >= PAUSES_MS.length || clock.now() + pause >= token.expiresAt;
        if (inVain || over || stopping.signal.aborted) return code;
        await timer.sleep(pause, stopping.signal);
      }
    }
  }

  return {
    leave(userId) {
      const departure = depart(userId)
        .catch((error: unknown) => {
          const { code } = asPortalError(error);
          log.warn({ userId, code, err: error }, 'a token was not given back at sign-out');
        })
        .finally(() => running.delete(departure));
      running.add(departure);
    },
    async settle(ms) {
      stopping.abort();
      await Promise.race([Promise.all(running), timer.sleep(ms)]);
    },
  };
}

function asPortalError(error: unknown): PortalError {
  return error instanceof PortalError ? error : new PortalError('internal_error', { cause: error });
}
