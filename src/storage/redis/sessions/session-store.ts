import { RedisStore } from 'connect-redis';
import type { Clock } from '../../../runtime/clock.ts';
import { hashSessionId, holderOf, parseSession } from '../../session-data.ts';
import type { RedisLink } from '../redis-connection.ts';
import { keyOfSessionId, listsOf } from './session-keys.ts';

export interface RedisSessionsDeps {
  readonly link: RedisLink;
  readonly clock: Clock;
  /** ms after which a session is over, however busy. */
  readonly longestLifeMs: number;
}

/**
 * connect-redis, with commands of our own beneath it: the key is a hash of the session id, as in SQL, so that who
 * reads Redis has no session; a session that was ended stays ended, so that a request which had loaded it before
 * cannot bring it back; and the sessions of a person, a tenant or a provider can be found.
 */
export function createRedisSessionStore(deps: RedisSessionsDeps): RedisStore {
  const { clock, longestLifeMs } = deps;
  return new RedisStore({
    client: sessionCommands(deps),
    prefix: '',
    // In s with decimals, and on the portal's clock.
    ttl: ({ cookie }) =>
      (cookie.expires ? new Date(cookie.expires).getTime() - clock.now() : longestLifeMs) / 1000,
    serializer: {
      stringify: (session) => JSON.stringify(session),
      parse(text) {
        const [endsAt, data] = untagged(text);
        return parseSession(data, endsAt, 'the session in Redis');
      },
    },
  });
}

/** connect-redis hands one text from `get` to `parse`, and there are two things to hand on: the end and the data. */
const tagged = (endsAt: number, data: string) => `${endsAt} ${data}`;

function untagged(text: string): readonly [number, string] {
  const space = text.indexOf(' ');
  return [Number(text.slice(0, space)), text.slice(space + 1)];
}

/** What connect-redis asks of its client, by session id. */
function sessionCommands({ link, clock, longestLifeMs }: RedisSessionsDeps) {
  const endOf = (ttlS: number) => {
    const ms = Math.max(1, Math.round(ttlS * 1000));
    return [clock.now() + ms, ms] as const;
  };
  return {
    async get(sid: string): Promise<string | undefined> {
      const fields = await link.ask((client) => client.hmGet(keyOfSessionId(sid), ['data', 'end']));
      const [data, end] = fields;
      return data && Number(end) > clock.now() ? tagged(Number(end), data) : undefined;
    },

    async set(sid: string, data: string, { expiration }: { expiration: { value: number } }): Promise<void> {
      const holder = holderOf(parseSession(data, 0, 'the session to be kept'));
      const { userId, tenantId, ssoProvider, ssoSid } = holder;
      const now = clock.now();
      const named = [userId, tenantId, ssoProvider, ssoSid].map((name) => name ?? '');
      await link.ask((client) =>
        Promise.all([
          // One connection keeps the order: what is saved is in the lists already.
          ...listsOf(holder).map((list) =>
            client.enlistSession([list], [hashSessionId(sid), now, longestLifeMs]),
          ),
          client.saveSession([keyOfSessionId(sid)], [now, ...endOf(expiration.value), data, ...named]),
        ]),
      );
    },

    async expire(sid: string, ttlS: number): Promise<void> {
      await link.ask((client) => client.touchSession([keyOfSessionId(sid)], [clock.now(), ...endOf(ttlS)]));
    },

    async del([sid = '']: readonly string[]): Promise<void> {
      await link.ask((client) => client.endSession([keyOfSessionId(sid)], [clock.now()]));
    },
  };
}
