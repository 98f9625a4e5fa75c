import type { SessionData } from 'express-session';
import type { Clock } from '../../../runtime/clock.ts';
import { hashSessionId, holderOf, parseSession } from '../../sessions/session-data.ts';
import { expiryOf, SessionStore } from '../../sessions/express-session-store.ts';
import type { RedisConnection } from '../redis-connection.ts';
import { keyOfSessionId, listsOf } from './session-keys.ts';

export interface RedisSessionsDeps {
  readonly connection: RedisConnection;
  readonly clock: Clock;
  /** ms after which a session ends, however busy. */
  readonly longestLifeMs: number;
}

/**
 * Sessions in Redis. The key is a hash of the session id, as in SQL, so that a reader of Redis gets no session; an
 * ended session stays ended, so that a request which had loaded it before cannot bring it back; and the sessions of
 * an account, a tenant or a provider can be found.
 */
export function createRedisSessionStore({
  connection,
  clock,
  longestLifeMs,
}: RedisSessionsDeps): SessionStore {
  /** The arguments of the scripts: now, the expiry, and the ms until then. */
  function times(data: SessionData): readonly [number, number, number] {
    const now = clock.now();
    const expiry = expiryOf(data, now, longestLifeMs);
    return [now, expiry, Math.max(1, expiry - now)];
  }

  return new SessionStore({
    async find(sessionId) {
      const [data, end] = await connection.ask((client) =>
        client.hmGet(keyOfSessionId(sessionId), ['data', 'end']),
      );
      const expiry = Number(end);
      return data && expiry > clock.now() ? parseSession(data, expiry, 'the session in Redis') : undefined;
    },

    async save(sessionId, data) {
      const holder = holderOf(data);
      const { userId, tenantId, ssoProvider, ssoSid } = holder;
      const names = [userId, tenantId, ssoProvider, ssoSid].map((name) => name ?? '');
      await connection.ask((client) =>
        Promise.all([
          // One connection keeps the order: a saved session is in its lists already.
          ...listsOf(holder).map((list) =>
            client.enlistSession([list], [hashSessionId(sessionId), clock.now(), longestLifeMs]),
          ),
          client.saveSession([keyOfSessionId(sessionId)], [...times(data), JSON.stringify(data), ...names]),
        ]),
      );
    },

    async end(sessionId) {
      await connection.ask((client) => client.endSession([keyOfSessionId(sessionId)], [clock.now()]));
    },

    async touch(sessionId, data) {
      await connection.ask((client) => client.touchSession([keyOfSessionId(sessionId)], [...times(data)]));
    },
  });
}
