import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SessionData } from 'express-session';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Portal } from '../../src/compose/portal.ts';
import { isTenantId, newAccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Account } from '../../src/domain/model/account.ts';
import { TABLES } from '../../src/storage/sql/tables.ts';
import { describePostgres } from '../support/postgres.ts';
import { openWorkshop, type Workshop } from './support/portal-command.ts';

let shop: Workshop;
let portal: Portal;
beforeEach(async () => {
  shop = await openWorkshop();
  portal = await shop.portal();
  await portal.storage.migrate();
});
afterEach(() => shop[Symbol.asyncDispose]());

const at = (name: string) => join(shop.folder, name);
const portalDb = () => at('portal.db');

function tenantOf(id: string) {
  if (!isTenantId(id)) throw new Error(`no tenant id: ${id}`);
  const authentication = { method: 'client_secret', secret: new Secret(`${id}-secret`) } as const;
  return {
    id,
    name: 'Zoë "& Söhne" \u{1F600}',
    host: `https://${id}.eu.qlikcloud.com`,
    status: 'active',
    impersonation: { clientId: `client-of-${id}`, authentication },
    management: null,
    createQlikUsers: true,
    scopes: ['user_default'],
    embed: { appId: 'app-1', sheets: [{ id: 's', title: 'Overview' }], objects: [] },
  } as const;
}

/** Something in every table. */
async function fill({ storage }: Portal, people: number): Promise<Account[]> {
  const tenant = tenantOf('acme');
  await storage.tenants.save(tenant);
  const users = Array.from({ length: people }, (_, index): Account => ({
    id: newAccountId(),
    email: `analyst-${index}@acme.example`,
    name: `Analyst ${index} ‑ Ünïcødé`,
    tenantId: tenant.id,
    qlikUser: index % 2 ? { field: 'subject', value: `person-${index}` } : null,
    groups: index % 3 ? ['analysts'] : [],
    status: index % 5 ? 'active' : 'disabled',
  }));
  for (const user of users) {
    await storage.accounts.save(user);
    await storage.passwordInvites.save({
      userId: user.id,
      codeHash: `code-of-${user.id}`,
      expiresAt: Date.now() + 60_000,
    });
  }
  const [first] = users;
  await storage.identities.link({ issuer: 'https://login.acme.example', subject: 'one' }, first!.id);
  for (let index = 0; index < 20; index += 1) {
    await storage.audit.append({ action: 'sign-in', result: 'ok', actor: first!.id, detail: { index } });
  }
  await startSession(storage, 'sid-1', first!);
  return users;
}

async function startSession({ sessions }: Portal['storage'], sid: string, account: Account): Promise<void> {
  const session: SessionData = {
    cookie: { originalMaxAge: 3_600_000, expires: new Date(Date.now() + 3_600_000), path: '/' },
    principal: { userId: account.id, tenantId: account.tenantId, signedInAt: Date.now() },
  };
  await promisify((done: (error?: unknown) => void) => {
    sessions.set(sid, session, done);
  })();
}

const countsOf = async () =>
  JSON.parse((await shop.here(['db', 'status', '--json'])).stdout) as { rows: unknown };

describe('portal db', () => {
  test('status says where the database is and what it lacks, and changes nothing', async () => {
    const fresh = await openWorkshop();
    try {
      const before = await fresh.here(['db', 'status', '--json']);
      const status = JSON.parse(before.stdout) as { pending: string[]; rows: object };
      expect(status.pending.length).toBeGreaterThan(2);
      expect(status.rows).toEqual({});
      expect((await fresh.here(['db', 'migrate'])).stdout).toContain('migrated: 0001-first-tables');
      expect((await fresh.here(['db', 'migrate'])).stdout).toBe('up to date\n');
      const { stdout } = await fresh.here(['db', 'status']);
      expect(stdout).toMatch(/database +sqlite, .*portal\.db/);
      expect(stdout).toMatch(/migrations +up to date/);
    } finally {
      await fresh[Symbol.asyncDispose]();
    }
  });

  test('knows every table that the migrations make', () => {
    const database = new DatabaseSync(portalDb(), { readOnly: true });
    const made = database
      .prepare("select name from sqlite_master where type = 'table' and name not like 'kysely_%'")
      .all()
      .map(({ name }) => name);
    database.close();
    expect(new Set(made)).toEqual(new Set(TABLES));
  });

  test('a backup made while the portal writes is one moment of it, whole, and for its owner only', async () => {
    await fill(portal, 50);
    const writing = new DatabaseSync(portalDb(), { timeout: 5_000 });
    // More than fits into one step of SQLite's own choosing, and written to all the while.
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
        // Others who write, the command among them, get a turn: SQLite has no line for them to wait in.
        await setTimeout(2);
      }
    })();
    const { code, stderr } = await shop.run(['db', 'backup', at('backup.db')]);
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

  test('a backup is one file, and nothing lies beside it, neither after it was made nor after it was restored', async () => {
    await fill(portal, 3);
    mkdirSync(at('kept'));
    expect((await shop.here(['db', 'backup', at('kept/backup.db')])).code).toBe(0);
    expect(readdirSync(at('kept'))).toEqual(['backup.db']);
    expect((await shop.here(['db', 'restore', at('kept/backup.db'), '--yes'])).code).toBe(0);
    expect(readdirSync(at('kept'))).toEqual(['backup.db']);
    // A database that was copied by hand, while nothing used it, is still in WAL mode.
    const byHand = new DatabaseSync(at('kept/backup.db'));
    byHand.exec('pragma journal_mode = wal');
    byHand.close();
    expect((await shop.here(['db', 'restore', at('kept/backup.db'), '--yes'])).code).toBe(0);
    expect(readdirSync(at('kept'))).toEqual(['backup.db']);
    expect(readdirSync(shop.folder).filter((name) => name.includes('.restoring'))).toEqual([]);
  });

  test('a backup leaves the database as it is, whatever release made it, and is done even where that is not recorded', async () => {
    const older = await openWorkshop();
    try {
      const database = new DatabaseSync(join(older.folder, 'portal.db'));
      database.exec('create table kysely_migration (name text, timestamp text)');
      const { code, stdout, stderr } = await older.here(['db', 'backup', join(older.folder, 'backup.db')]);
      expect([code, stdout, stderr]).toEqual([
        0,
        expect.stringContaining('backed up to'),
        expect.stringContaining('the audit log does not have it'),
      ]);
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
      database.close();
      expect(tables).toEqual([{ name: 'kysely_migration' }]);
    } finally {
      await older[Symbol.asyncDispose]();
    }
  });

  test('a restore waits for who is writing', async () => {
    const [first] = await fill(portal, 3);
    await shop.here(['db', 'backup', at('backup.db')]);
    const writer = new DatabaseSync(portalDb());
    writer.exec('begin immediate');
    writer.exec("update users set name = 'changed since'");
    const restoring = shop.here(['db', 'restore', at('backup.db'), '--yes']);
    await expect.poll(() => existsSync(`${portalDb()}.restoring`)).toBe(true);
    await setTimeout(200);
    writer.exec('commit');
    writer.close();
    expect(await restoring).toMatchObject({ code: 0, stderr: '' });
    expect((await portal.storage.accounts.find(first!.id))?.name).toBe(first!.name);
  });

  test('never writes over a file', async () => {
    writeFileSync(at('precious'), 'mine');
    const { code, stderr } = await shop.here(['db', 'backup', at('precious')]);
    expect([code, stderr]).toEqual([73, expect.stringContaining('exists already')]);
    expect(readFileSync(at('precious'), 'utf8')).toBe('mine');
    expect((await shop.here(['db', 'backup', at('no/such/folder/file')])).code).toBe(69);
  });

  test('what was restored is what was backed up, but nobody is signed in and no link is valid', async () => {
    const [first, second] = await fill(portal, 10);
    const { accounts, tenants, sessions, passwordInvites } = portal.storage;
    await shop.here(['db', 'backup', at('backup.db')]);
    await accounts.save({ ...first!, name: 'changed since' });
    await accounts.remove(second!.id);
    const { code, stdout } = await shop.here(['db', 'restore', at('backup.db'), '--yes']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('restored from')]);
    // The portal that has it open sees it, without a restart.
    expect((await accounts.find(first!.id))?.name).toBe(first!.name);
    expect(await accounts.find(second!.id)).toEqual(second);
    const tenant = await tenants.find(first!.tenantId);
    expect(tenant?.impersonation?.authentication).toMatchObject({ method: 'client_secret' });
    const found = await promisify((done: (error: unknown, found?: SessionData | null) => void) => {
      sessions.get('sid-1', done);
    })();
    expect(found ?? undefined).toBeUndefined();
    expect(await passwordInvites.find(`code-of-${first!.id}`)).toBeUndefined();
    expect(existsSync(`${portalDb()}.restoring`)).toBe(false);
  });

  test('a restore is asked for twice, and takes nothing but a sound database of the portal', async () => {
    await fill(portal, 3);
    const before = await countsOf();
    expect((await shop.here(['db', 'restore', at('backup.db'), '--yes'])).code).toBe(66);
    writeFileSync(at('text'), 'no database at all, but long enough to look at');
    expect((await shop.here(['db', 'restore', at('text'), '--yes'])).code).toBe(65);
    new DatabaseSync(at('other.db')).exec('create table t (a)');
    expect((await shop.here(['db', 'restore', at('other.db'), '--yes'])).code).toBe(65);
    await shop.here(['db', 'backup', at('newer.db')]);
    expect((await shop.here(['db', 'restore', at('newer.db')])).code).toBe(64);
    const newer = new DatabaseSync(at('newer.db'));
    newer.exec("insert into kysely_migration (name, timestamp) values ('9999-from-tomorrow', '')");
    newer.close();
    const refused = await shop.here(['db', 'restore', at('newer.db'), '--yes']);
    expect([refused.code, refused.stderr]).toEqual([65, expect.stringContaining('newer release')]);
    await shop.here(['db', 'backup', at('sound.db')]);
    const bytes = readFileSync(at('sound.db'));
    bytes.fill(0x2a, 4_096, 12_288);
    writeFileSync(at('damaged.db'), bytes);
    expect((await shop.here(['db', 'restore', at('damaged.db'), '--yes'])).code).toBe(65);
    const after = (await countsOf()).rows as Record<string, number>;
    const { audit_events: _, ...unchanged } = after;
    expect(before.rows).toMatchObject(unchanged);
  });
});

async function copyTo(target: Secret) {
  return shop.here(['db', 'copy', '--to-file', await shop.file('target', `${target.reveal()}\n`), '--json']);
}

/** The portal on the other database. */
function moved(database: Secret) {
  return { ...shop.environment, DATABASE_URL: database.reveal() };
}

describePostgres('portal db copy', (server) => {
  let url: Secret;
  beforeEach(async () => {
    url = await server().createDatabase();
  });

  test('loses no row, and every secret opens', async () => {
    const users = await fill(portal, 1_234);
    const { code, stdout, stderr } = await copyTo(url);
    expect([code, stderr]).toEqual([0, '']);
    const { copied } = JSON.parse(stdout) as { copied: { table: string; rows: number }[] };
    expect(Object.fromEntries(copied.map(({ table, rows }) => [table, rows]))).toEqual({
      tenants: 1,
      users: 1_234,
      user_identities: 1,
      password_links: 1_234,
      sessions: 1,
      audit_events: 20,
    });
    const there = await openWorkshop(['acme'], { env: moved(url) });
    try {
      const { storage } = await there.portal();
      expect(await storage.accounts.list()).toHaveLength(1_234);
      expect(await storage.accounts.find(users[7]!.id)).toEqual(users[7]);
      const tenant = await storage.tenants.find(users[0]!.tenantId);
      const { secret } = tenant!.impersonation!.authentication as { secret: Secret };
      expect(secret.reveal()).toBe('acme-secret');
      expect(tenant?.name).toBe(tenantOf('acme').name);
      const { stdout: status } = await there.here(['db', 'status']);
      expect(status).toMatch(/postgres, 127\.0\.0\.1:\d+\/portal_\d+/);
      expect(status).not.toContain(URL.parse(url.reveal())!.password);
      const refused = await there.here(['db', 'copy', '--to', 'postgres://h/d']);
      expect([refused.code, refused.stderr]).toEqual([64, expect.stringContaining('PostgreSQL already')]);
    } finally {
      await there[Symbol.asyncDispose]();
    }
  });

  test('refuses a target that holds anything, and leaves it as it was', async () => {
    await fill(portal, 3);
    expect((await copyTo(url)).code).toBe(0);
    const again = await copyTo(url);
    expect([again.code, again.stderr]).toEqual([73, expect.stringContaining('not empty')]);
  });

  test('is all or nothing', async () => {
    await fill(portal, 700);
    const database = new DatabaseSync(portalDb());
    // A row that PostgreSQL does not take: nothing before it may stay.
    database.exec('pragma foreign_keys = off');
    database.exec("update user_identities set user_id = 'nobody'");
    database.close();
    expect((await copyTo(url)).code).not.toBe(0);
    const there = await openWorkshop(['acme'], { env: moved(url) });
    try {
      const { rows } = JSON.parse((await there.here(['db', 'status', '--json'])).stdout) as {
        rows: Record<string, number>;
      };
      expect(Object.values(rows).every((count) => count === 0)).toBe(true);
    } finally {
      await there[Symbol.asyncDispose]();
    }
  });

  test('takes no password from its arguments, which everyone on the machine can read', async () => {
    const { code, stderr } = await shop.here(['db', 'copy', '--to', url.reveal()]);
    expect([code, stderr]).toEqual([64, expect.stringContaining('--to-file')]);
    expect(stderr).not.toContain(URL.parse(url.reveal())!.password);
    const without = URL.parse(url.reveal())!;
    const { password } = without;
    without.password = '';
    const given = await shop.run(['db', 'copy', '--to', without.href], { env: { PGPASSWORD: password } });
    expect([given.code, given.stderr]).toEqual([0, expect.stringContaining('audit_events')]);
    expect((await shop.here(['db', 'copy', '--to-file', at('none')])).code).toBe(66);
    expect((await shop.here(['db', 'copy', '--to', 'mysql://h/d'])).code).toBe(64);
  });

  test('ten that migrate at once make one database', async () => {
    const there = await openWorkshop(['acme'], { env: moved(url) });
    try {
      const runs = await Promise.all(Array.from({ length: 10 }, () => there.here(['db', 'migrate'])));
      expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
    } finally {
      await there[Symbol.asyncDispose]();
    }
  });
});

describePostgres('portal db backup and restore with PostgreSQL', (server) => {
  let there: Workshop;
  let url: Secret;
  beforeEach(async () => {
    url = await server().createDatabase();
    there = await openWorkshop(['acme'], { env: moved(url) });
    await (await there.portal()).storage.migrate();
  });
  afterEach(() => there[Symbol.asyncDispose]());

  const kept = () => join(there.folder, 'kept');
  const backup = () => join(kept(), 'backup');
  async function backedUp(people: number) {
    const users = await fill(await there.portal(), people);
    mkdirSync(kept());
    expect(await there.here(['db', 'backup', backup()])).toMatchObject({ code: 0, stderr: '' });
    return users;
  }
  const restore = (file = backup()) => there.here(['db', 'restore', file, '--yes']);
  async function execute(statement: string) {
    const client = new Client({ connectionString: url.reveal() });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  test('what was restored is what was backed up, but nobody is signed in and no link is valid', async () => {
    const [first, second] = await backedUp(10);
    expect(readdirSync(kept())).toEqual(['backup']);
    expect(statSync(backup()).mode & 0o777).toBe(0o600);
    const { accounts, tenants, sessions, passwordInvites, audit } = (await there.portal()).storage;
    await accounts.save({ ...first!, name: 'changed since' });
    await accounts.remove(second!.id);
    expect(await restore()).toMatchObject({ code: 0, stderr: '' });
    expect((await accounts.find(first!.id))?.name).toBe(first!.name);
    expect(await accounts.find(second!.id)).toEqual(second);
    expect((await tenants.find(first!.tenantId))?.impersonation?.authentication).toMatchObject({
      method: 'client_secret',
    });
    const found = await promisify((done: (error: unknown, found?: SessionData | null) => void) => {
      sessions.get('sid-1', done);
    })();
    expect(found ?? undefined).toBeUndefined();
    expect(await passwordInvites.find(`code-of-${first!.id}`)).toBeUndefined();
    expect((await audit.read({}))[0]?.action).toBe('database.restore');
    // The constraints came with the rows.
    await expect(accounts.save({ ...first!, id: newAccountId() })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('a restore into an empty database makes the tables, and leaves what is not the portal’s alone', async () => {
    const [first] = await backedUp(3);
    url = await server().createDatabase();
    await execute('create table of_somebody_else (n int)');
    const elsewhere = await openWorkshop(['acme'], { env: { ...there.environment, ...moved(url) } });
    try {
      expect(await elsewhere.here(['db', 'restore', backup(), '--yes'])).toMatchObject({ code: 0 });
      expect(await (await elsewhere.portal()).storage.accounts.find(first!.id)).toEqual(first);
      expect(await execute('select * from of_somebody_else')).toEqual([]);
      await expect(execute("update audit_events set action = 'nothing'")).rejects.toThrow(/never changed/);
    } finally {
      await elsewhere[Symbol.asyncDispose]();
    }
  });

  test('a restore is all or nothing, and takes nothing but a backup of the portal', async () => {
    const [first] = await backedUp(2_000);
    const { accounts } = (await there.portal()).storage;
    await accounts.save({ ...first!, name: 'changed since' });
    const whole = readFileSync(backup());
    writeFileSync(join(kept(), 'cut'), whole.subarray(0, whole.length - 2_000));
    writeFileSync(join(kept(), 'text'), 'no backup at all');
    expect((await restore(join(kept(), 'cut'))).code).not.toBe(0);
    expect((await restore(join(kept(), 'text'))).code).toBe(65);
    expect((await restore(join(kept(), 'none'))).code).toBe(66);
    expect((await there.here(['db', 'restore', backup()])).code).toBe(64);
    // Somebody's view would be lost with the tables.
    await execute('create view a_report as select id from users');
    expect((await restore()).code).toBe(69);
    expect((await accounts.find(first!.id))?.name).toBe('changed since');
    expect((await there.here(['db', 'backup', backup()])).code).toBe(73);
  });

  test('tables of a newer release are neither backed up by halves nor overwritten, nor is its backup restored', async () => {
    await backedUp(1);
    await execute("insert into kysely_migration (name, timestamp) values ('9999-from-tomorrow', '')");
    for (const { code, stderr } of [
      await there.here(['db', 'backup', join(kept(), 'half')]),
      await restore(),
    ]) {
      expect([code, stderr]).toEqual([73, expect.stringContaining('newer release')]);
    }
    execFileSync('pg_dump', ['--format=custom', `--file=${join(kept(), 'newer')}`], {
      env: { ...process.env, ...environmentOf(url) },
    });
    await execute("delete from kysely_migration where name = '9999-from-tomorrow'");
    const { code, stderr } = await restore(join(kept(), 'newer'));
    expect([code, stderr]).toEqual([65, expect.stringContaining('9999-from-tomorrow')]);
  });

  test('the password is in no argument and no file, and the program sees no secret of the portal', async () => {
    const bin = join(there.folder, 'bin');
    mkdirSync(bin);
    // Does nothing but tell what it was given.
    writeFileSync(
      join(bin, 'pg_dump'),
      `#!/bin/sh\necho "$@" > "$0.args"; /usr/bin/env > "$0.env"; exit 1\n`,
      { mode: 0o755 },
    );
    const { code } = await there.run(['db', 'backup', join(there.folder, 'backup')], { env: { PATH: bin } });
    expect(code).toBe(69);
    const given = readFileSync(join(bin, 'pg_dump.args'), 'utf8');
    const { password } = URL.parse(url.reveal())!;
    expect(given).not.toContain(password);
    const seen = readFileSync(join(bin, 'pg_dump.env'), 'utf8');
    expect(seen).toContain(`PGPASSWORD=${password}\n`);
    expect(seen).not.toMatch(/SESSION_SECRET|ENCRYPTION_KEYS|DATABASE_URL/);
    expect(existsSync(join(there.folder, 'backup.partial'))).toBe(false);
  });

  test('says what to install where the programs are missing', async () => {
    writeFileSync(join(there.folder, 'file'), '');
    for (const args of [
      ['backup', join(there.folder, 'backup')],
      ['restore', join(there.folder, 'file'), '--yes'],
    ]) {
      const { code, stderr } = await there.run(['db', ...args], { env: { PATH: there.folder } });
      expect([code, stderr]).toEqual([69, expect.stringContaining('apt-get install postgresql-client')]);
    }
  });
});

function environmentOf(url: Secret): Readonly<Record<string, string>> {
  const { hostname, port, username, password, pathname } = URL.parse(url.reveal())!;
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
  };
}
