import type { SessionDirectory, SessionSummary } from '../../domain/ports/session-directory.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import { byOwner, record } from '../audit.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';

/** What people see of their own account beyond name and e-mail. */
export interface AccountOverview {
  readonly hasPassword: boolean;
  /** Live ones, newest first. */
  readonly sessions: readonly SessionSummary[];
}

interface Asking {
  readonly member: TenantMember;
  /** The current session. */
  readonly sessionId: string;
}

/** What people do with the sessions of their own account. */
export interface OwnAccount {
  overview(asking: Asking): Promise<AccountOverview>;
  /** Ends all sessions of the account except the current one. */
  signOutOthers(asking: Asking & RequestSource): Promise<{ readonly endedSessions: number }>;
}

export function createOwnAccount(parts: {
  accounts: Pick<AccountStore, 'passwordHash'>;
  directory: SessionDirectory;
  endSessions: EndSessions;
  /** Of sessions, in ms. */
  absoluteLimitMs: number;
  audit: AuditLog;
  clock: Clock;
}): OwnAccount {
  const { accounts, directory, endSessions, absoluteLimitMs, audit, clock } = parts;
  return {
    async overview({ member, sessionId }) {
      const userId = member.account.id;
      const begunAfter = clock.now() - absoluteLimitMs;
      const [hash, found] = await Promise.all([
        accounts.passwordHash(userId),
        directory.list({ userId, begunAfter, currentSessionId: sessionId }),
      ]);
      return { hasPassword: hash !== undefined, sessions: found };
    },

    async signOutOthers({ member, sessionId, address, requestId }) {
      const endedSessions = await endSessions(member.account, { exceptSessionId: sessionId });
      const context = { audit, ...byOwner(member), source: { address, requestId } };
      await record(context, 'sign-out-others', { endedSessions });
      return { endedSessions };
    },
  };
}
