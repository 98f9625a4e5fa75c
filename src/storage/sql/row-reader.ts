import type { CompiledQuery, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/**
 * Reads single rows by queries that were compiled once: the two reads of every token request. Building and compiling
 * a query costs as much as running it.
 */
export interface RowReader {
  /** The first row, with the parameters in the order in which they stand in the query. */
  first<Row>(query: CompiledQuery<Row>, parameters: readonly unknown[]): Promise<Row | undefined>;
}

/** Through Kysely's connections: any database, and what they have not committed yet. */
export function createRowReader(db: Kysely<Schema>): RowReader {
  return {
    async first<Row>(query: CompiledQuery<Row>, parameters: readonly unknown[]) {
      const { rows } = await db.executeQuery<Row>({ ...query, parameters });
      return rows[0];
    },
  };
}
