import type { InsertObject, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

type Table = 'users' | 'password_links' | 'audit_events';

/** Rows in one statement: far below the 32,766 parameters of SQLite and the 65,535 of PostgreSQL. */
const ROWS_AT_ONCE = 250;

/**
 * Inserts many rows of the same columns, several in a statement. Each statement is built and compiled once and then
 * runs with other parameters: for lists of 100,000 that is most of the time, and in SQLite nobody else writes meanwhile.
 */
export function createInsertMany() {
  const compiled = new Map<string, string>();
  return async function insertMany<T extends Table>(
    db: Kysely<Schema>,
    table: T,
    rows: readonly InsertObject<Schema, T>[],
  ): Promise<void> {
    for (const some of chunks(rows, ROWS_AT_ONCE)) {
      const [first] = some;
      if (first === undefined) return;
      const key = JSON.stringify([table, some.length, ...Object.keys(first)]);
      const parameters = some.flatMap((row) => Object.values(row));
      const query = db.insertInto(table).values([first]).compile();
      let sql = compiled.get(key);
      if (sql === undefined) {
        sql = db
          .insertInto(table)
          .values([...some])
          .compile().sql;
        compiled.set(key, sql);
      }
      await db.executeQuery({ ...query, sql, parameters });
    }
  };
}

export function* chunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
