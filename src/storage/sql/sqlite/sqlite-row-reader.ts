import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CompiledQuery } from 'kysely';
import type { RowReader } from '../row-reader.ts';
import { bindable, judged, openSqlite, type SqliteOptions } from './sqlite.ts';

/**
 * A separate, read-only connection to a SQLite file: Kysely takes longer to lend its single connection than SQLite takes
 * to read a row. It sees committed data only.
 */
export function createSqliteRowReader(options: SqliteOptions): RowReader & { close(): Promise<void> } {
  let opened: Promise<DatabaseSync> | undefined;
  const prepared = new WeakMap<CompiledQuery, Prepared>();

  async function open(): Promise<DatabaseSync> {
    const database = await openSqlite(options);
    database.exec('pragma query_only = on');
    return database;
  }

  function prepare(database: DatabaseSync, query: CompiledQuery): Prepared {
    const cached = prepared.get(query);
    if (cached !== undefined) return cached;
    const statement = database.prepare(query.sql);
    const entry = { statement, columns: statement.columns().map(({ name }) => name) };
    // node:sqlite looks up every column's name for each row that it turns into an object.
    statement.setReturnArrays(true);
    prepared.set(query, entry);
    return entry;
  }

  return {
    async first(query, parameters) {
      opened ??= open();
      const database = await opened.catch((error: unknown) => {
        // Tried again with the next read.
        opened = undefined;
        throw error;
      });
      const { statement, columns } = judged(() => prepare(database, query));
      const values: unknown = judged(() => statement.get(...bindable(parameters)));
      const row = Array.isArray(values) ? named(columns, values) : undefined;
      return isRowOf(query, row) ? row : undefined;
    },
    async close() {
      const database = await opened?.catch(() => undefined);
      database?.close();
    },
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

function named(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    row[column] = values[index];
  });
  return row;
}

// What is in a row is what its query says, as with Kysely.
function isRowOf<Row>(_query: CompiledQuery<Row>, row: unknown): row is Row {
  return row !== undefined;
}
