import { sql, type Kysely } from 'kysely';
import { TABLES, type Schema } from './schema.ts';

/** How many rows each table has; without those that the database lacks because it is not migrated yet. */
export async function countRows(db: Kysely<Schema>): Promise<Readonly<Record<string, number>>> {
  const present = new Set((await db.introspection.getTables()).map(({ name }) => name));
  const counts: Record<string, number> = {};
  for (const table of TABLES.filter((name) => present.has(name))) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
      db,
    );
    counts[table] = rows[0]?.count ?? 0;
  }
  return counts;
}
