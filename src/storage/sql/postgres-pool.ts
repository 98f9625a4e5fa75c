import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { endsConnection, judgePostgresError } from './postgres-errors.ts';
import { refuseUnstorableText } from './storable-text.ts';

/**
 * pg's pool as Kysely borrows from it: checks what goes in, judges what goes wrong, and drops a connection that is of
 * no more use. pg itself would lend one that no longer answers again and again.
 */
export function lendingPool(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      try {
        return lent(await pool.connect());
      } catch (error) {
        throw judgePostgresError(error);
      }
    },
  };
}

function lent(client: PoolClient): PostgresPoolClient {
  const borrowed: PostgresPoolClient = client;
  let ended: { readonly because: unknown } | undefined;
  async function query(text: string, parameters: readonly unknown[]) {
    // The rollback of what has just failed would wait as long once more.
    if (ended !== undefined) throw ended.because;
    refuseUnstorableText(parameters);
    try {
      return await borrowed.query(text, parameters);
    } catch (error) {
      const meant = judgePostgresError(error);
      if (endsConnection(error)) ended = { because: meant };
      throw meant;
    }
  }
  return {
    // Kysely's other kind of query, with a cursor, is for streams: there are none.
    query: query as PostgresPoolClient['query'],
    release: (destroy = false) => client.release(destroy || ended !== undefined),
  };
}
