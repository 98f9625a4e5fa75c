import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Portal } from '../../src/compose/portal.ts';
import { TABLES } from '../../src/storage/sql/schema.ts';
import { fill, sessionOf } from './support/filled-portal.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

let cli: CliHarness;
let portal: Portal;
beforeEach(async () => {
  cli = await openCliHarness();
  portal = await cli.portal();
  await portal.storage.migrate();
});
afterEach(() => cli[Symbol.asyncDispose]());

const at = (name: string) => join(cli.folder, name);
const portalDb = () => at('portal.db');

const countsOf = async () =>
  JSON.parse((await cli.run(['db', 'status', '--json'])).stdout) as { rows: unknown };

describe('portal db', () => {
  test('status shows the database and its pending migrations, and changes nothing', async () => {
    const fresh = await openCliHarness();
    try {
      const before = await fresh.run(['db', 'status', '--json']);
      const status = JSON.parse(before.stdout) as { pending: string[]; rows: object };
      expect(status.pending.length).toBeGreaterThan(2);
      expect(status.rows).toEqual({});
      expect((await fresh.run(['db', 'migrate'])).stdout).toContain('migrated: 0001-first-tables');
      expect((await fresh.run(['db', 'migrate'])).stdout).toBe('up to date\n');
      const { stdout } = await fresh.run(['db', 'status']);
      expect(stdout).toMatch(/database +sqlite, .*portal\.db/);
      expect(stdout).toMatch(/migrations +up to date/);
    } finally {
      await fresh[Symbol.asyncDispose]();
    }
  });

  test('the list of tables has every table that the migrations create', () => {
    const database = new DatabaseSync(portalDb(), { readOnly: true });
    const made = database
      .prepare("select name from sqlite_master where type = 'table' and name not like 'kysely_%'")
      .all()
      .map(({ name }) => name);
    database.close();
    expect(new Set(made)).toEqual(new Set(TABLES));
  });

  test('a backup taken during writes is complete, of one moment, and readable by its owner only', async () => {
    await fill(portal, 50);
    const writing = new DatabaseSync(portalDb(), { timeout: 5_000 });
    // Long enough for writes to happen during the backup.
    writing.exec('create table ballast (bytes blob)');
    writing.exec('insert into ballast values (randomblob(40000000))');
    const insert = writing.prepare(
      "insert into audit_events (id, at, action, result, actor) values (?, ?, ?, 'ok', 'a writer')",
    );
    let written = 0;
    const stop = new AbortController();
    // Two rows in one transaction: a backup has both or none.
    const writer = (async () => {
      for (; !stop.signal.aborted; written += 1) {
        writing.exec('begin immediate');
        for (const row of [0, 1]) insert.run(`row-${written}-${row}`, Date.now(), `pair ${written}`);
        writing.exec('commit');
        // SQLite has no queue for writers: the command needs a pause to write its audit event.
        await setTimeout(2);
      }
    })();
    const { code, stderr } = await cli.spawn(['db', 'backup', at('backup.db')]);
    stop.abort();
    await writer;
    writing.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(written).toBeGreaterThan(0);
    expect(statSync(at('backup.db')).mode & 0o777).toBe(0o600);
    expect(existsSync(at('backup.db.partial'))).toBe(false);
    const copy = new DatabaseSync(at('backup.db'), { readOnly: true });
    const pairs = copy
      .prepare("select action, count(*) as n from audit_events where action like 'pair %' group by action")
      .all();
    expect(pairs.filter(({ n }) => n !== 2)).toEqual([]);
    expect(pairs.length).toBeGreaterThan(0);
    expect(copy.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    copy.close();
  });

  test('a backup is one file, and a restore creates no other beside it', async () => {
    await fill(portal, 3);
    mkdirSync(at('kept'));
    expect((await cli.run(['db', 'backup', at('kept/backup.db')])).code).toBe(0);
    expect(readdirSync(at('kept'))).toEqual(['backup.db']);
    expect((await cli.run(['db', 'restore', at('kept/backup.db'), '--yes'])).code).toBe(0);
    expect(readdirSync(at('kept'))).toEqual(['backup.db']);
    // A file that was copied by hand is still in WAL mode.
    const byHand = new DatabaseSync(at('kept/backup.db'));
    byHand.exec('pragma journal_mode = wal');
    byHand.close();
    expect((await cli.run(['db', 'restore', at('kept/backup.db'), '--yes'])).code).toBe(0);
    expect(readdirSync(at('kept'))).toEqual(['backup.db']);
    expect(readdirSync(cli.folder).filter((name) => name.includes('.restoring'))).toEqual([]);
  });

  test('a backup does not migrate the database, and succeeds where the audit log cannot record it', async () => {
    const older = await openCliHarness();
    try {
      const database = new DatabaseSync(join(older.folder, 'portal.db'));
      database.exec('create table kysely_migration (name text, timestamp text)');
      const { code, stdout, stderr } = await older.run(['db', 'backup', join(older.folder, 'backup.db')]);
      expect([code, stdout, stderr]).toEqual([
        0,
        expect.stringContaining('backed up to'),
        expect.stringContaining('not recorded in the audit log'),
      ]);
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
      database.close();
      expect(tables).toEqual([{ name: 'kysely_migration' }]);
    } finally {
      await older[Symbol.asyncDispose]();
    }
  });

  test('a restore waits for a process that is writing', async () => {
    const [first] = await fill(portal, 3);
    await cli.run(['db', 'backup', at('backup.db')]);
    const writer = new DatabaseSync(portalDb());
    writer.exec('begin immediate');
    writer.exec("update users set name = 'changed since'");
    const restoring = cli.run(['db', 'restore', at('backup.db'), '--yes']);
    await expect.poll(() => existsSync(`${portalDb()}.restoring`)).toBe(true);
    await setTimeout(200);
    writer.exec('commit');
    writer.close();
    expect(await restoring).toMatchObject({ code: 0, stderr: '' });
    expect((await portal.storage.accounts.find(first!.id))?.name).toBe(first!.name);
  });

  test('a backup never overwrites a file', async () => {
    writeFileSync(at('precious'), 'mine');
    const { code, stderr } = await cli.run(['db', 'backup', at('precious')]);
    expect([code, stderr]).toEqual([73, expect.stringContaining('exists already')]);
    expect(readFileSync(at('precious'), 'utf8')).toBe('mine');
    expect((await cli.run(['db', 'backup', at('no/such/folder/file')])).code).toBe(69);
  });

  test('a restore brings back accounts and secrets, ends all sessions and voids all links', async () => {
    const [first, second] = await fill(portal, 10);
    const { accounts, tenants, passwordInvites } = portal.storage;
    await cli.run(['db', 'backup', at('backup.db')]);
    await accounts.save({ ...first!, name: 'changed since' });
    await accounts.remove(second!.id);
    const { code, stdout } = await cli.run(['db', 'restore', at('backup.db'), '--yes']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('restored from')]);
    // The running portal sees it without a restart.
    expect((await accounts.find(first!.id))?.name).toBe(first!.name);
    expect(await accounts.find(second!.id)).toEqual(second);
    const tenant = await tenants.find(first!.tenantId);
    expect(tenant?.impersonation?.authentication).toMatchObject({ method: 'client_secret' });
    expect(await sessionOf(portal, 'sid-1')).toBeUndefined();
    expect(await passwordInvites.find(`code-of-${first!.id}`)).toBeUndefined();
    expect(existsSync(`${portalDb()}.restoring`)).toBe(false);
  });

  test('a restore asks first, and refuses all but an intact database of the portal', async () => {
    await fill(portal, 3);
    const before = await countsOf();
    expect((await cli.run(['db', 'restore', at('backup.db'), '--yes'])).code).toBe(66);
    writeFileSync(at('text'), 'no database at all, but long enough to look at');
    expect((await cli.run(['db', 'restore', at('text'), '--yes'])).code).toBe(65);
    new DatabaseSync(at('other.db')).exec('create table t (a)');
    expect((await cli.run(['db', 'restore', at('other.db'), '--yes'])).code).toBe(65);
    await cli.run(['db', 'backup', at('newer.db')]);
    expect((await cli.run(['db', 'restore', at('newer.db')])).code).toBe(64);
    const newer = new DatabaseSync(at('newer.db'));
    newer.exec("insert into kysely_migration (name, timestamp) values ('9999-from-tomorrow', '')");
    newer.close();
    const refused = await cli.run(['db', 'restore', at('newer.db'), '--yes']);
    expect([refused.code, refused.stderr]).toEqual([65, expect.stringContaining('newer release')]);
    await cli.run(['db', 'backup', at('sound.db')]);
    const bytes = readFileSync(at('sound.db'));
    bytes.fill(0x2a, 4_096, 12_288);
    writeFileSync(at('damaged.db'), bytes);
    expect((await cli.run(['db', 'restore', at('damaged.db'), '--yes'])).code).toBe(65);
    const after = (await countsOf()).rows as Record<string, number>;
    const { audit_events: _, ...unchanged } = after;
    expect(before.rows).toMatchObject(unchanged);
  });
});
