import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/storage/sql/database.ts';
import { recordingLog } from '../support/recording-log.ts';

const { log } = recordingLog();
let directory: string;
let database: Database;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portal-rows-'));
  database = openDatabase({ kind: 'sqlite', file: join(directory, 'portal.db') }, { log });
  await database.migrate();
});
afterEach(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});

const session = (id: string) => ({
  sid_hash: id,
  data: '{}',
  user_id: null,
  tenant_id: null,
  expires_at: 10,
  last_seen_at: 1,
  created_at: 1,
  ended_at: null,
});
const query = () =>
  database.db
    .selectFrom('sessions')
    .select(['sid_hash', 'expires_at'])
    .where('sid_hash', '=', 'ID')
    .compile();

it('reads what was just written, by this connection or another', async () => {
  const byId = query();
  expect(await database.rows.first(byId, ['a'])).toBeUndefined();
  await database.db.insertInto('sessions').values(session('a')).execute();
  expect(await database.rows.first(byId, ['a'])).toEqual({ sid_hash: 'a', expires_at: 10 });
  const other = openDatabase({ kind: 'sqlite', file: join(directory, 'portal.db') }, { log });
  await other.db.updateTable('sessions').set({ expires_at: 20 }).execute();
  await other.close();
  expect(await database.rows.first(byId, ['a'])).toEqual({ sid_hash: 'a', expires_at: 20 });
});

it('sees nothing of a transaction under way, and all of it once it is committed', async () => {
  const byId = query();
  await database.db.transaction().execute(async (transaction) => {
    await transaction.insertInto('sessions').values(session('a')).execute();
    expect(await database.rows.first(byId, ['a'])).toBeUndefined();
  });
  expect(await database.rows.first(byId, ['a'])).toBeDefined();
});

it('cannot write', async () => {
  await database.db.insertInto('sessions').values(session('a')).execute();
  const removal = database.db.deleteFrom('sessions').compile();
  await expect(database.rows.first(removal, [])).rejects.toMatchObject({
    cause: { message: 'attempt to write a readonly database' },
  });
  expect(await database.rows.first(query(), ['a'])).toBeDefined();
});

it('refuses what cannot be a parameter, as any other query does', async () => {
  await expect(database.rows.first(query(), [{ not: 'text' }])).rejects.toThrow(TypeError);
});
