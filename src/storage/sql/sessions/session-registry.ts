import type { Kysely } from 'kysely';
import type { Clock } from '../../../runtime/clock.ts';
import type { SessionRegistry } from '../../../domain/ports/session-registry.ts';
import { hashSessionId } from '../../session-data.ts';
import type { Schema } from '../schema.ts';
import { accountIdFrom } from '../accounts/account-rows.ts';

export function createSessionRegistry({ db, clock }: { db: Kysely<Schema>; clock: Clock }): SessionRegistry {
  return {
    async endAllOfProvider({ providerId, begunBefore, ...which }) {
      const now = clock.now();
      const ended = await db
        .updateTable('sessions')
        .set({ ended_at: now, data: '' })
        .where('sso_provider', '=', providerId)
        .where('sid' in which ? 'sso_sid' : 'user_id', '=', 'sid' in which ? which.sid : which.userId)
        .where('created_at', '<', begunBefore)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .returning('user_id')
        .execute();
      return ended.flatMap(({ user_id }) => (user_id === null ? [] : [accountIdFrom(user_id)]));
    },

    async endAllOf(who) {
      const now = clock.now();
      const live = db
        .updateTable('sessions')
        .set({ ended_at: now, data: '' })
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now);
      const { numUpdatedRows } = await (
        'tenantId' in who
          ? live.where('tenant_id', '=', who.tenantId)
          : live
              .where('user_id', '=', who.userId)
              .$if(who.exceptSessionId !== undefined, (query) =>
                query.where('sid_hash', '<>', hashSessionId(who.exceptSessionId ?? '')),
              )
      ).executeTakeFirst();
      return Number(numUpdatedRows);
    },
  };
}
