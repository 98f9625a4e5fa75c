import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { endsConnection, judgePostgresError } from './postgres-errors.ts';
import { refuseUnstorableText } from '../storable-text.ts';

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

  async function ask<Row>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // The rollback of what has just failed would wait as long once more.
    if (ended !== undefined) throw ended.because;
    refuseUnstorableText(parameters);
    try {
      return await borrowed.query<Row>(text, parameters);
    } catch (error) {
      const meant = judgePostgresError(error);
      if (endsConnection(error)) ended = { because: meant };
      throw meant;
    }
  }

  function query<Row>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query<Row>(asked: string | PostgresCursor<Row>, parameters: readonly unknown[] = []) {
    // Cursors are for streams, of which there are none.
    return typeof asked === 'string' ? ask<Row>(asked, parameters) : borrowed.query(asked);
  }

  return { query, release: (destroy = false) => client.release(destroy || ended !== undefined) };
}
