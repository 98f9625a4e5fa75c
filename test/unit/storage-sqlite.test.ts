import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Storage } from '../../src/storage/open-storage.ts';
import { openDatabase } from '../../src/storage/sql/database.ts';
import { silent, storageOver, tenantId, tenantOf, userOf } from '../contracts/storage-under-test.ts';

describe('SQLite on disk', () => {
  const opened: Storage[] = [];
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portal-sqlite-'));
    file = join(folder, 'data', 'portal.db');
  });
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = () => storageOver({ kind: 'sqlite', file }, opened);
  /** As someone with access to the file. */
  function tamper(sql: string): void {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  }

  test('the file is for its owner only, from the start', async () => {
    await open();
    const modes = readdirSync(join(folder, 'data')).map((name) => [
      name,
      (statSync(join(folder, 'data', name)).mode & 0o777).toString(8),
    ]);
    expect(modes).toContainEqual(['portal.db', '600']);
    expect(modes.filter(([, mode]) => mode !== '600')).toEqual([]);
  });

  test('an import lets others write while it runs, and shows its accounts only when complete', async () => {
    const { storage, reopen } = await open();
    await storage.tenants.save(tenantOf('acme'));
    // A portal that cannot wait for a lock at all.
    const other = await reopen({ database: { kind: 'sqlite', file, busyTimeoutMs: 0 } });
    const written: string[] = [];
    async function* people() {
      for (let batch = 0; batch < 40; batch += 1) {
        yield Array.from({ length: 500 }, (_, index) => ({
          account: userOf('acme', { email: `person-${batch}-${index}@acme.example` }),
          invite: { codeHash: `hash-${batch}-${index}`, expiresAt: 1 },
        }));
        await other.audit.append({ action: 'sign-in', result: 'ok', actor: `person-${batch}` });
        const seen = await other.countRows();
        written.push(`${seen['audit_events']} events, ${seen['users']} people`);
      }
    }
    expect(await storage.accountImport.saveAll(people(), { actor: 'ops:tester' })).toBe(20_000);
    expect(written).toEqual(Array.from({ length: 40 }, (_, batch) => `${batch + 1} events, 0 people`));
    expect(await other.countRows()).toMatchObject({ users: 20_000, password_links: 20_000 });
    const files = readdirSync(join(folder, 'data')).map((name) => name.replace('portal.db', ''));
    expect(files.toSorted()).toEqual(['', '-shm', '-wal']);
  });

  test('a stolen file holds no session id and no secret [ASVS 14.2.4]', async () => {
    const { storage, clock } = await open();
    await storage.tenants.save(tenantOf('acme', { management: null }));
    const sid = 'the-session-id-of-somebody';
    const cookie = { originalMaxAge: 1_000, expires: new Date(clock.now() + 1_000) };
    await new Promise((done) => {
      storage.sessions.set(sid, { cookie, principal: undefined }, done);
    });
    const bytes = readdirSync(join(folder, 'data'))
      .map((name) => readFileSync(join(folder, 'data', name)).toString('latin1'))
      .join('');
    expect(bytes).toContain('acme-client');
    expect(bytes).not.toContain('acme-secret');
    expect(bytes).not.toContain(sid);
  });

  test('a secret that was copied to another tenant, or whose host was changed, does not open', async () => {
    const { storage } = await open();
    const { tenants, accounts, tenantMembers } = storage;
    await tenants.save(tenantOf('acme'));
    await tenants.save(tenantOf('globex'));
    const user = userOf('globex');
    await accounts.save(user);
    // Read once, so that the portal remembers the tenant as it was.
    await tenantMembers.find(user.id);

    tamper(`update tenants set impersonation = (select impersonation from tenants where id = 'acme')
            where id = 'globex'`);
    const refused = { code: 'stored_secret_unreadable' };
    await expect(tenants.find(tenantId('globex'))).rejects.toMatchObject(refused);
    await expect(tenantMembers.find(user.id)).rejects.toMatchObject(refused);

    tamper(`update tenants set host = 'https://evil.example' where id = 'acme'`);
    await expect(tenants.find(tenantId('acme'))).rejects.toMatchObject(refused);
    tamper(`update tenants set management = impersonation, host = 'https://acme.eu.qlikcloud.com'
            where id = 'acme'`);
    await expect(tenants.find(tenantId('acme'))).rejects.toMatchObject(refused);
  });

  test('the audit log is append-only until its retention ends', async () => {
    const { storage } = await open();
    await storage.audit.append({ action: 'sign-in', result: 'failed', actor: 'unknown' });
    expect(() => tamper(`update audit_events set result = 'ok'`)).toThrow('never changed');
    expect(await storage.audit.read({})).toMatchObject([{ result: 'failed' }]);
    expect(await storage.audit.removeBefore(Infinity)).toBe(1);
  });

  test('an unreadable value in the database is an error that names the column', async () => {
    const { storage } = await open();
    await storage.tenants.save(tenantOf('acme', { impersonation: null }));
    const user = userOf('acme');
    await storage.accounts.save(user);
    tamper(`update users set groups = '{"not": "an array"}'`);
    await expect(storage.accounts.find(user.id)).rejects.toThrow('users.groups');
    tamper(`update users set groups = '[]', qlik_value = ''`);
    await expect(storage.accounts.find(user.id)).rejects.toMatchObject({ code: 'internal_error' });
  });

  test('opening waits for a process that is writing to a file which is not in WAL yet', async () => {
    mkdirSync(join(folder, 'data'));
    const other = new DatabaseSync(file);
    other.exec('create table other (x); begin immediate; insert into other values (1)');
    const opening = open();
    await new Promise(setImmediate);
    other.exec('commit');
    other.close();
    await expect(opening.then(({ storage }) => storage.ping())).resolves.toBeUndefined();
  });

  test('a file that cannot be opened is storage_unavailable, until it can', async () => {
    writeFileSync(join(folder, 'data'), 'a file where the folder should be');
    const database = openDatabase({ kind: 'sqlite', file }, { log: silent });
    await expect(database.ping()).rejects.toMatchObject({ code: 'storage_unavailable' });
    rmSync(join(folder, 'data'));
    await expect(database.ping()).resolves.toBeUndefined();
    await database.close();
  });

  test('a file that is no database is storage_unavailable', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(file, 'no database at all, but long enough to be taken for one'.repeat(20));
    await expect(open()).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  test('a portal refuses a database that a newer release has migrated, and says so', async () => {
    await open();
    tamper(`insert into kysely_migration values ('9999-from-the-future', '2031-01-01T00:00:00.000Z')`);
    await expect(open()).rejects.toThrow('9999-from-the-future');
  });

  test('a write that finds the file locked for too long is storage_unavailable, and nothing is half done', async () => {
    const { storage } = await storageOver({ kind: 'sqlite', file, busyTimeoutMs: 50 }, opened);
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    await expect(storage.tenants.save(tenantOf('acme'))).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    other.exec('rollback');
    other.close();
    expect(await storage.tenants.list()).toEqual([]);
  });

  test('after close every call is refused, and none reopens the file', async () => {
    const { storage } = await open();
    await storage.close();
    await expect(storage.tenants.list()).rejects.toThrow('driver has already been destroyed');
    await expect(storage.close()).resolves.toBeUndefined();
  });
});
