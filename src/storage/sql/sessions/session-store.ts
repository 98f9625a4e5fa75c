import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { hashSessionId, holderOf, parseSession } from '../../sessions/session-data.ts';
import { expiryOf, SessionStore } from '../../sessions/express-session-store.ts';
import type { RowReader } from '../row-reader.ts';
import type { Schema, SqlDeps } from '../schema.ts';

const TOUCH_INTERVAL_MS = 60_000;

interface SqlSessionsDeps extends SqlDeps {
  readonly rows: RowReader;
  /** ms after which a session ends, however busy. */
  readonly longestLifeMs: number;
}

/**
 * Sessions in SQL. An ended session leaves a mark until it would have expired, so that a request which had loaded it
 * before cannot bring it back by saving it.
 */
export function createSqlSessionStore({ db, rows, clock, longestLifeMs }: SqlSessionsDeps): SessionStore {
  const liveSession = liveSessionQuery(db);
  /** When this process last wrote a session, by the hash of its id: saves `touch` most of its writes. */
  const writtenAt = new LRUCache<string, number>({ maxSize: 50_000, sizeCalculation: () => 1 });

  return new SessionStore({
    async find(sessionId) {
      const row = await rows.first(liveSession, [hashSessionId(sessionId), clock.now()]);
      return row && parseSession(row.data, row.expires_at, 'the database column sessions.data');
    },

    async save(sessionId, data) {
      const now = clock.now();
      const sidHash = hashSessionId(sessionId);
      const { userId, tenantId, ssoProvider, ssoSid } = holderOf(data);
      const columns = {
        user_id: userId,
        tenant_id: tenantId,
        sso_provider: ssoProvider,
        sso_sid: ssoSid,
        data: JSON.stringify(data),
        expires_at: expiryOf(data, now, longestLifeMs),
        last_seen_at: now,
      };
      await db
        .insertInto('sessions')
        .values({ sid_hash: sidHash, ...columns, created_at: now, ended_at: null })
        .onConflict((conflict) =>
          conflict.column('sid_hash').doUpdateSet(columns).where('sessions.ended_at', 'is', null),
        )
        .execute();
      writtenAt.set(sidHash, now);
    },

    async end(sessionId) {
      await db
        .updateTable('sessions')
        .set({ ended_at: clock.now(), data: '' })
        .where('sid_hash', '=', hashSessionId(sessionId))
        .where('ended_at', 'is', null)
        .execute();
    },

    /** At most once a minute: the idle limit is exact to a minute. */
    async touch(sessionId, data) {
      const now = clock.now();
      const sidHash = hashSessionId(sessionId);
      const due = now - TOUCH_INTERVAL_MS;
      if ((writtenAt.get(sidHash) ?? 0) > due) return;
      await db
        .updateTable('sessions')
        .set({ expires_at: expiryOf(data, now, longestLifeMs), last_seen_at: now })
        .where('sid_hash', '=', sidHash)
        .where('ended_at', 'is', null)
        // Another process may have written it meanwhile.
        .where('last_seen_at', '<=', due)
        .execute();
      writtenAt.set(sidHash, now);
    },
  });
}

function liveSessionQuery(db: Kysely<Schema>) {
  return db
    .selectFrom('sessions')
    .select(['data', 'expires_at'])
    .where('sid_hash', '=', 'SID_HASH')
    .where('expires_at', '>', 0)
    .where('ended_at', 'is', null)
    .compile();
}

/** Returns how many rows were deleted. */
export async function removeExpiredSessions({ db, clock }: SqlDeps): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('expires_at', '<=', clock.now())
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** How many sessions of accounts are neither expired nor ended. */
export async function countLiveSessions({ db, clock }: SqlDeps): Promise<number> {
  const { count } = await db
    .selectFrom('sessions')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('expires_at', '>', clock.now())
    .where('ended_at', 'is', null)
    .where('user_id', 'is not', null)
    .executeTakeFirstOrThrow();
  return count;
}
