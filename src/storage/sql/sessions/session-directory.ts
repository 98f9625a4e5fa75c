import { z } from 'zod';
import type { SessionDirectory } from '../../../domain/ports/session-directory.ts';
import { parseJsonColumn } from '../json-column.ts';
import type { SqlDeps } from '../schema.ts';
import { hashSessionId } from '../../sessions/session-data.ts';

const stored = z.object({ userAgent: z.string().optional() });

export function createSessionDirectory({ db, clock }: SqlDeps): SessionDirectory {
  const live = (begunAfter: number) =>
    db
      .selectFrom('sessions')
      .where('ended_at', 'is', null)
      .where('expires_at', '>', clock.now())
      .where('sessions.created_at', '>', begunAfter);
  return {
    async list({ userId, begunAfter, currentSessionId }) {
      const current = currentSessionId === undefined ? undefined : hashSessionId(currentSessionId);
      const rows = await live(begunAfter)
        .select(['sid_hash', 'data', 'sso_provider', 'created_at', 'last_seen_at'])
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('sid_hash')
        .execute();
      return rows.map((row) => ({
        userAgent: parseJsonColumn(stored, row.data, 'sessions.data').userAgent,
        signedInAt: row.created_at,
        lastSeenAt: row.last_seen_at,
        ssoProvider: row.sso_provider ?? undefined,
        current: row.sid_hash === current,
      }));
    },

    async anyFor({ tenantId, qlikUser, begunAfter }) {
      const row = await live(begunAfter)
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select('sid_hash')
        .where('users.tenant_id', '=', tenantId)
        .where('qlik_field', '=', qlikUser.field)
        .where('qlik_value', '=', qlikUser.value)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
