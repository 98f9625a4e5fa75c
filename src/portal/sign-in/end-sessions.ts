import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { Account } from '../../domain/model/account.ts';

/**
 * Ends the sessions of an account, all or all but one, and revokes its Qlik token, which a browser with such a session may
 * still hold. Returns how many were ended. Whatever locks one person out calls this; tokens of a disabled tenant expire.
 */
export type EndSessions = (
  account: Account,
  options?: {
    readonly exceptSessionId?: string;
    /** Revokes the token also where no other session was open. */
    readonly tokenInAnyCase?: boolean;
  },
) => Promise<number>;

export function createEndSessions({
  sessions,
  revokeTokens,
}: {
  sessions: Pick<SessionRegistry, 'endAllOf'>;
  /** Starts to revoke the Qlik tokens of the account. */
  revokeTokens: (account: Account) => void | Promise<void>;
}): EndSessions {
  return async (account, { exceptSessionId, tokenInAnyCase = exceptSessionId === undefined } = {}) => {
    const except = exceptSessionId === undefined ? {} : { exceptSessionId };
    const ended = await sessions.endAllOf({ userId: account.id, ...except });
    // The current session keeps its token where it was the only one. All ended: an expired session may have left a token.
    if (ended > 0 || tokenInAnyCase) await revokeTokens(account);
    return ended;
  };
}
