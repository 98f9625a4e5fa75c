import { z } from 'zod';
import type { SessionDirectory, SessionSummary } from '../../../domain/ports/session-directory.ts';
import type { AccountId, TenantId } from '../../../domain/model/ids.ts';
import type { QlikUserRef } from '../../../domain/model/account.ts';
import { hashSessionId } from '../../sessions/session-data.ts';
import { lists, sessionKey } from './session-keys.ts';
import type { RedisSessionsDeps } from './session-store.ts';

/** Which accounts are mapped to a Qlik user; the database has them. */
export type AccountsOf = (who: {
  readonly tenantId: TenantId;
  readonly qlikUser: QlikUserRef;
}) => Promise<readonly AccountId[]>;

interface RedisSessionDirectoryDeps extends Pick<RedisSessionsDeps, 'connection' | 'clock'> {
  readonly accountsOf: AccountsOf;
}

const FIELDS = ['data', 'end', 'begun', 'seen', 'ssoProvider'];

const stored = z.object({ userAgent: z.string().optional() });
const record = z.tuple([z.string(), z.coerce.number(), z.coerce.number(), z.coerce.number(), z.string()]);

export function createRedisSessionDirectory({
  connection,
  clock,
  accountsOf,
}: RedisSessionDirectoryDeps): SessionDirectory {
  /** Oldest first. */
  async function live(userId: AccountId, begunAfter: number) {
    const list = lists.ofUser(userId);
    const idHashes = await connection.ask((client) => client.zRangeByScore(list, `(${begunAfter}`, '+inf'));
    const found = await connection.ask((client) =>
      Promise.all(idHashes.map((idHash) => client.hmGet(sessionKey(idHash), FIELDS))),
    );
    return found.flatMap((fields, index) => {
      // What was ended has no data.
      const { data: session } = record.safeParse(fields);
      return session && session[1] > clock.now() ? [{ idHash: idHashes[index], session }] : [];
    });
  }

  return {
    async list({ userId, begunAfter, currentSessionId }) {
      const current = currentSessionId === undefined ? undefined : hashSessionId(currentSessionId);
      const sessions = await live(userId, begunAfter);
      return sessions
        .map(({ idHash, session: [data, , signedInAt, lastSeenAt, ssoProvider] }): SessionSummary => ({
          userAgent: stored.parse(JSON.parse(data)).userAgent,
          signedInAt,
          lastSeenAt,
          ssoProvider: ssoProvider === '' ? undefined : ssoProvider,
          current: idHash === current,
        }))
        .toReversed();
    },

    async anyFor({ begunAfter, ...who }) {
      for (const userId of await accountsOf(who)) {
        if ((await live(userId, begunAfter)).length > 0) return true;
      }
      return false;
    },
  };
}
