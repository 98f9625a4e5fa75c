import { isAccountId, type AccountId } from '../../../domain/model/ids.ts';
import type { SessionRegistry } from '../../../domain/ports/session-registry.ts';
import { hashSessionId } from '../../sessions/session-data.ts';
import { lists, sessionKey } from './session-keys.ts';
import type { RedisSessionsDeps } from './session-store.ts';

/** In one round trip: a tenant may have very many sessions, and other commands run in between. */
const BATCH = 500;

export function createRedisSessionRegistry({
  connection,
  clock,
}: Pick<RedisSessionsDeps, 'connection' | 'clock'>): SessionRegistry {
  /** Ends what is in the list, began before `begunBefore` and has these fields; returns the account of each. */
  async function endAll(
    list: string,
    fields: Readonly<Record<string, string>>,
    { begunBefore = '+inf', except }: { begunBefore?: string; except?: string } = {},
  ): Promise<readonly AccountId[]> {
    const found = await connection.ask((client) => client.zRangeByScore(list, '-inf', begunBefore));
    const wanted = found.filter((idHash) => idHash !== except);
    const args = [clock.now(), ...Object.entries(fields).flat()];
    const ended: AccountId[] = [];
    for (let start = 0; start < wanted.length; start += BATCH) {
      const batch = wanted.slice(start, start + BATCH);
      const replies = await connection.ask((client) =>
        Promise.all(batch.map((idHash) => client.endSession([sessionKey(idHash)], args))),
      );
      for (const reply of replies) if (typeof reply === 'string' && isAccountId(reply)) ended.push(reply);
    }
    return ended;
  }

  return {
    async endAllOf(who) {
      if ('tenantId' in who) {
        return (await endAll(lists.ofTenant(who.tenantId), { tenant: who.tenantId })).length;
      }
      const { userId, exceptSessionId } = who;
      const except = exceptSessionId === undefined ? {} : { except: hashSessionId(exceptSessionId) };
      return (await endAll(lists.ofUser(userId), { user: userId }, except)).length;
    },

    endAllOfProvider({ providerId, begunBefore, ...which }) {
      const before = { begunBefore: `(${begunBefore}` };
      const vouched = { ssoProvider: providerId };
      if ('sid' in which) {
        const { sid } = which;
        return endAll(lists.ofProvider(providerId, sid), { ...vouched, ssoSid: sid }, before);
      }
      const { userId } = which;
      return endAll(lists.ofUser(userId), { ...vouched, user: userId }, before);
    },
  };
}
