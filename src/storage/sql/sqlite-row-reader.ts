import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CompiledQuery } from 'kysely';
import type { RowReader } from './row-reader.ts';
import { bindable, judged, openSqlite, type SqliteOptions } from './sqlite.ts';

/**
 * A connection of its own to a SQLite file, which only reads and needs no turn: Kysely's takes longer to hand its one
 * connection over than SQLite takes to read a row. Being another connection, it sees what was committed and nothing
 * of a transaction under way.
 */
export function createSqliteRowReader(options: SqliteOptions): RowReader & { close(): Promise<void> } {
  let opened: Promise<DatabaseSync> | undefined;
  const statements = new WeakMap<CompiledQuery, StatementSync>();

  async function open(): Promise<DatabaseSync> {
    const database = await openSqlite(options);
    database.exec('pragma query_only = on');
    return database;
  }

  function statementOf(database: DatabaseSync, query: CompiledQuery): StatementSync {
    const known = statements.get(query);
    if (known !== undefined) return known;
    const made = database.prepare(query.sql);
    statements.set(query, made);
    return made;
  }

  return {
    async first(query, parameters) {
      opened ??= open();
      const database = await opened.catch((error: unknown) => {
        // Tried again with the next read.
        opened = undefined;
        throw error;
      });
      const row = judged(() => statementOf(database, query).get(...bindable(parameters)));
      return isRowOf(query, row) ? row : undefined;
    },
    async close() {
      const database = await opened?.catch(() => undefined);
      database?.close();
    },
  };
}

// What is in a row is what its query says, as with Kysely.
function isRowOf<Row>(_query: CompiledQuery<Row>, row: unknown): row is Row {
  return row !== undefined;
}
