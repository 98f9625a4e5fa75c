import type { Kysely } from 'kysely';
import type { Clock } from '../../../runtime/clock.ts';
import type { Schema } from '../schema.ts';

/** How many sessions of people are neither over nor ended. */
export async function countLiveSessions(db: Kysely<Schema>, clock: Clock): Promise<number> {
  const { count } = await db
    .selectFrom('sessions')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('expires_at', '>', clock.now())
    .where('ended_at', 'is', null)
    .where('user_id', 'is not', null)
    .executeTakeFirstOrThrow();
  return count;
}
