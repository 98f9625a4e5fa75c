import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { Account } from '../../domain/model/account.ts';

/**
 * Ends the sessions of a person, all or all but one, and takes their Qlik token back: whoever had such a session may
 * hold it still. Returns how many sessions it were. Every place that shuts one
 * person out goes through here; a tenant that is disabled lets its tokens run out.
 */
export type EndSessions = (
  account: Account,
  options?: {
    readonly exceptSessionId?: string;
    /** Takes the token back also where no other session was open. */
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
    // A session that goes on, and was the only one, keeps its token. Else one that ran out may have left it with somebody.
    if (ended > 0 || tokenInAnyCase) await revokeTokens(account);
    return ended;
  };
}
