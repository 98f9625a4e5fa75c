import type { CompiledQuery, Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { AccountColumns } from './account-rows.ts';

/** What an import is about to add, in order. */
export interface StagedAccountRow extends AccountColumns {
  position: number;
  created_at: number;
  code_hash: string | null;
  link_expires_at: number | null;
  event_id: string;
  event_at: number;
  event_detail: string;
}

export type StagingSchema = Schema & { staged_accounts: StagedAccountRow };

/** Rows in one statement: far below the 32,766 parameters of SQLite and the 65,535 of PostgreSQL. */
const ROWS_AT_ONCE = 250;

/**
 * Creates the table that an import fills, in the connection's own temporary space: filling it blocks no other writer, and
 * a process that is killed leaves nothing behind.
 */
export async function createStagedAccounts(connection: Kysely<StagingSchema>): Promise<void> {
  await connection.schema
    .createTable('staged_accounts')
    .temporary()
    .addColumn('position', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('qlik_field', 'text')
    .addColumn('qlik_value', 'text')
    .addColumn('groups', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('code_hash', 'text')
    .addColumn('link_expires_at', 'bigint')
    .addColumn('event_id', 'text', (column) => column.notNull())
    .addColumn('event_at', 'bigint', (column) => column.notNull())
    .addColumn('event_detail', 'text', (column) => column.notNull())
    .execute();
}

export async function dropStagedAccounts(connection: Kysely<StagingSchema>): Promise<void> {
  await connection.schema.dropTable('staged_accounts').ifExists().execute();
}

/**
 * Several rows in a statement, which is built and compiled once and then runs with other parameters: for lists of
 * 100,000 that is most of the time.
 */
export function createStager() {
  const compiled = new Map<number, CompiledQuery>();
  return async function stage(
    connection: Kysely<StagingSchema>,
    rows: readonly StagedAccountRow[],
  ): Promise<void> {
    for (const some of chunks(rows, ROWS_AT_ONCE)) {
      const query =
        compiled.get(some.length) ??
        connection
          .insertInto('staged_accounts')
          .values([...some])
          .compile();
      compiled.set(some.length, query);
      // Rows have the same columns in the same order.
      await connection.executeQuery({
        ...query,
        parameters: some.flatMap((row) => Object.values<string | number | null>({ ...row })),
      });
    }
  };
}

export function* chunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
