import type { SessionRegistry } from '../../../domain/ports/session-registry.ts';
import { hashSessionId } from '../../sessions/session-data.ts';
import type { SqlDeps } from '../schema.ts';
import { accountIdFrom } from '../accounts/account-rows.ts';

export function createSessionRegistry({ db, clock }: SqlDeps): SessionRegistry {
  /** Ends those of the live sessions that the caller selects. */
  function endLive() {
    const now = clock.now();
    return db
      .updateTable('sessions')
      .set({ ended_at: now, data: '' })
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now);
  }

  return {
    async endAllOfProvider({ providerId, begunBefore, ...which }) {
      const ended = await endLive()
        .where('sso_provider', '=', providerId)
        .where('sid' in which ? 'sso_sid' : 'user_id', '=', 'sid' in which ? which.sid : which.userId)
        .where('created_at', '<', begunBefore)
        .returning('user_id')
        .execute();
      return ended.flatMap(({ user_id }) => (user_id === null ? [] : [accountIdFrom(user_id)]));
    },

    async endAllOf(who) {
      const { numUpdatedRows } = await (
        'tenantId' in who
          ? endLive().where('tenant_id', '=', who.tenantId)
          : endLive()
              .where('user_id', '=', who.userId)
              .$if(who.exceptSessionId !== undefined, (query) =>
                query.where('sid_hash', '<>', hashSessionId(who.exceptSessionId ?? '')),
              )
      ).executeTakeFirst();
      return Number(numUpdatedRows);
    },
  };
}
