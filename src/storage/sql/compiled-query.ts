import type { CompiledQuery, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/**
 * Runs a query that was compiled once, with other parameters: in the order in which they stand in it. Half the
 * cost of a read from SQLite is building and compiling its query, and two reads are made for every token request.
 */
export async function firstRowOf<Row>(
  db: Kysely<Schema>,
  query: CompiledQuery<Row>,
  parameters: readonly unknown[],
): Promise<Row | undefined> {
  const { rows } = await db.executeQuery<Row>({ ...query, parameters });
  return rows[0];
}
