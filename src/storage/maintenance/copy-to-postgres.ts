import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { sql, type Kysely, type Transaction } from 'kysely';
import { PortalError } from '../../domain/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { openDatabase } from '../sql/database.ts';
import { TABLES, type Schema, type TableName } from '../sql/schema.ts';

export interface CopiedTable {
  readonly table: TableName;
  readonly rows: number;
}

/** Few enough for PostgreSQL's 65,535 parameters a statement, with room for more columns. */
const BATCH = 500;

/**
 * Copies what a SQLite database holds at this moment to an empty PostgreSQL database, all or nothing. Before anything
 * is final, every table is read back and compared, by the number of its rows and a hash of all that is in them.
 * @throws PortalError conflict (the target holds something), storage_unavailable, internal_error (what was read back is not the same)
 */
export async function copyToPostgres(
  { file, url, log }: { file: string; url: Secret; log: Log },
  onTable: (copied: CopiedTable) => void,
): Promise<readonly CopiedTable[]> {
  // A copy may take longer than any statement timeout.
  const target = openDatabase({ kind: 'postgres', url, poolSize: 1, statementTimeoutMs: 0 }, { log });
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    await target.migrate();
    // One snapshot for all tables; the portal may write meanwhile.
    source.exec('begin');
    return await target.db.transaction().execute(async (transaction) => {
      await refuseFull(transaction);
      const copied: CopiedTable[] = [];
      for (const table of TABLES) {
        const rows = await copyTable(source, transaction, table);
        copied.push({ table, rows });
        onTable({ table, rows });
      }
      return copied;
    });
  } finally {
    source.close();
    await target.close();
  }
}

/** Locked until the end, so that it stays as empty as it was found. */
async function refuseFull(target: Transaction<Schema>): Promise<void> {
  await sql`lock table ${sql.join(TABLES.map((table) => sql.table(table)))} in exclusive mode`.execute(
    target,
  );
  for (const table of TABLES) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(target);
    if (rows.length === 0) continue;
    throw new PortalError('conflict', { detail: `the target is not empty: its table ${table} has rows` });
  }
}

async function copyTable(
  source: DatabaseSync,
  target: Transaction<Schema>,
  table: TableName,
): Promise<number> {
  const sent = createRowDigest();
  let batch: Record<string, unknown>[] = [];
  const flush = async () => {
    if (batch.length > 0) await insert(target, table, batch);
    batch = [];
  };
  for (const row of source.prepare(`select * from ${table}`).iterate()) {
    sent.add(row);
    batch.push(row);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  const arrived = await digestOf(target, table);
  if (arrived !== sent.value()) {
    throw new PortalError('internal_error', { detail: `table ${table} did not arrive as it was sent` });
  }
  return sent.rows();
}

async function insert(
  target: Kysely<Schema>,
  table: TableName,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const values = sql.join(rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`));
  await sql`insert into ${sql.table(table)} (${names}) values ${values}`.execute(target);
}

async function digestOf(target: Transaction<Schema>, table: TableName): Promise<string> {
  const arrived = createRowDigest();
  await sql`declare arrived no scroll cursor for select * from ${sql.table(table)}`.execute(target);
  for (;;) {
    const { rows } = await sql<Record<string, unknown>>`fetch ${sql.lit(BATCH)} from arrived`.execute(target);
    for (const row of rows) arrived.add(row);
    if (rows.length < BATCH) break;
  }
  await sql`close arrived`.execute(target);
  return arrived.value();
}

const MODULUS = 1n << 256n;

/** The number of rows, and a hash of what is in them, in any order. */
function createRowDigest() {
  let rows = 0;
  // A sum, so that the order does not count: databases sort text differently.
  let sum = 0n;
  return {
    add(row: Readonly<Record<string, unknown>>) {
      const columns = Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1));
      sum = (sum + BigInt(`0x${hash('sha256', JSON.stringify(columns))}`)) % MODULUS;
      rows += 1;
    },
    rows: () => rows,
    value: () => `${rows}:${sum.toString(16)}`,
  };
}
