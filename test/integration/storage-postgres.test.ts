import { inspect } from 'node:util';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newAccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Log } from '../../src/runtime/log.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { openDatabase, type DatabaseOptions } from '../../src/storage/sql/database.ts';
import { migrations } from '../../src/storage/sql/migrations/all.ts';
import { silent, storageOver, tenantOf, userOf } from '../contracts/storage-under-test.ts';
import { startFreezingProxy } from '../support/freezing-proxy.ts';
import { missingOpenssl } from '../support/openssl.ts';
import { describePostgres, describePostgresWith } from '../support/postgres.ts';

describePostgres('PostgreSQL and its connections', (server) => {
  const opened: { close(): Promise<void> }[] = [];
  let url: Secret;
  beforeEach(async () => {
    url = await server().createDatabase();
  });
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
  });

  function database(options: Partial<DatabaseOptions & { kind: 'postgres' }> = {}, log: Log = silent) {
    const opening = openDatabase({ kind: 'postgres', url, ...options }, { log });
    opened.push(opening);
    return opening;
  }

  async function admin(statement: string) {
    const client = new Client({ connectionString: url.reveal() });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(statement);
    await client.end();
    return rows;
  }

  test('ten replicas migrate at once: one does it, none fails', async () => {
    const done: object[] = [];
    const log = { ...silent, info: (fields: object) => void done.push(fields) };
    const replicas = Array.from({ length: 10 }, () => database({}, log));
    await Promise.all(replicas.map((replica) => replica.migrate()));
    const names = Object.keys(migrations);
    expect(done).toEqual(names.map((migration) => ({ migration })));
    expect(await admin('select name from kysely_migration order by name')).toEqual(
      names.map((name) => ({ name })),
    );
  });

  test('a portal refuses a database that a newer release has migrated, as after a restore', async () => {
    await database().migrate();
    await admin(`insert into kysely_migration values ('9999-from-the-future', '2031-01-01T00:00:00.000Z')`);
    await expect(database().migrate()).rejects.toMatchObject({
      code: 'storage_unavailable',
      detail: expect.stringContaining('9999-from-the-future') as string,
    });
  });

  test('the audit log is append-only', async () => {
    const opening = database();
    await opening.migrate();
    await admin(
      `insert into audit_events (id, at, action, result, actor) values ('1', 1, 'a', 'failed', 'b')`,
    );
    await expect(sql`update audit_events set result = 'ok'`.execute(opening.db)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('never changed') as string },
    });
    expect(await admin('select result from audit_events')).toEqual([{ result: 'failed' }]);
  });

  test('a replica waits for the migration of another longer than a statement may take', async () => {
    const holder = new Client({ connectionString: url.reveal() });
    await database().migrate();
    await holder.connect();
    // Kysely's own lock.
    await holder.query('select pg_advisory_lock(3853314791062309107)');
    let done = false;
    const waiting = database({ statementTimeoutMs: 50 })
      .migrate()
      .finally(() => {
        done = true;
      });
    await untilRows(() => admin('select 1 from pg_locks where not granted'));
    await holder.query('select pg_sleep(0.2)');
    expect(done).toBe(false);
    await holder.end();
    await waiting;
    expect(done).toBe(true);
  });

  test('a statement that takes too long is cut off by the server, and the connection lives on', async () => {
    const { db } = database({ statementTimeoutMs: 100, poolSize: 1 });
    await expect(sql`select pg_sleep(30)`.execute(db)).rejects.toMatchObject({ code: 'storage_unavailable' });
    const { rows } = await sql<{ n: number }>`select 1 as n`.execute(db);
    expect(rows).toEqual([{ n: 1 }]);
  });

  test('a silently dropped connection costs one query and is replaced', async () => {
    await using proxy = await startFreezingProxy(server().port);
    const detour = new Secret(url.reveal().replace(`:${server().port}/`, `:${proxy.port}/`));
    const { db } = database({ url: detour, statementTimeoutMs: 100, poolSize: 1 });
    const ask = () => sql<{ n: number }>`select 1 as n`.execute(db);
    await ask();
    proxy.freeze();
    // What waits for the same connection is served by the new one.
    const [first, second] = await Promise.allSettled([ask(), ask()]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'storage_unavailable' } });
    expect(second.status).toBe('fulfilled');
    proxy.freeze();
    const startedAt = performance.now();
    const transaction = db.transaction().execute((inside) => sql`select 1`.execute(inside));
    await expect(transaction).rejects.toMatchObject({ code: 'storage_unavailable' });
    // Once the patience with a query, not again with its rollback.
    expect(performance.now() - startedAt).toBeLessThan(4_100);
    expect((await ask()).rows).toEqual([{ n: 1 }]);
  });

  test('a read-only server, such as the old primary after a failover, is disconnected', async () => {
    const { db, ...opening } = database({ poolSize: 1 });
    await opening.migrate();
    const save = () =>
      db
        .insertInto('audit_events')
        .values({ id: newAccountId(), at: 0, action: 'a', result: 'ok', actor: 'a' })
        .execute();
    await sql`set default_transaction_read_only = on`.execute(db);
    await expect(save()).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(save()).resolves.toBeDefined();
  });

  test('a connection that the server ends is not used again', async () => {
    const { db } = database({ poolSize: 1 });
    const ended = sql`select pg_terminate_backend(pg_backend_pid())`.execute(db);
    const next = sql`select 1`.execute(db);
    await expect(ended).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(next).resolves.toBeDefined();
  });

  test('takes no more connections than it may, and does not wait for one forever', async () => {
    const { db } = database({ poolSize: 2, connectTimeoutMs: 200 });
    const held = [1, 2].map(() => db.connection().execute(() => connectionHeld.promise));
    const connectionHeld = Promise.withResolvers<void>();
    await untilRows(async () =>
      (await admin(`select 1 from pg_stat_activity where application_name = 'embed-portal'`)).slice(1),
    );
    await expect(sql`select 1`.execute(db)).rejects.toMatchObject({ code: 'storage_unavailable' });
    connectionHeld.resolve();
    await Promise.all(held);
    await expect(sql`select 1`.execute(db)).resolves.toBeDefined();
  });

  test.each(['SIGINT', 'SIGQUIT'] as const)(
    'comes back by itself after the server was ended by %s',
    async (how) => {
      const warnings: object[] = [];
      const { storage, reopen } = await storageOver({ kind: 'postgres', url }, opened);
      const idle = await reopen({ log: { ...silent, warn: (fields) => void warnings.push(fields) } });
      await storage.tenants.save(tenantOf('acme'));
      await idle.ping();
      await server().stop(how);
      await expect(storage.tenants.list()).rejects.toMatchObject({ code: 'storage_unavailable' });
      await expect(idle.ping()).rejects.toMatchObject({ code: 'storage_unavailable' });
      await server().start();
      await expect(storage.ping()).resolves.toBeUndefined();
      expect(await storage.tenants.list()).toHaveLength(1);
      expect(warnings.length).toBeGreaterThan(0);
    },
  );

  test('a transaction whose server dies in the middle has done nothing', async () => {
    const opening = database();
    await opening.migrate();
    const transaction = opening.db.transaction().execute(async (inside) => {
      await inside
        .insertInto('tenants')
        .values({
          id: 'acme',
          name: '',
          host: '',
          status: 'active',
          scopes: '[]',
          created_at: 0,
          updated_at: 0,
        })
        .execute();
      await server().stop('SIGQUIT');
      await inside.selectFrom('tenants').selectAll().execute();
    });
    await expect(transaction).rejects.toMatchObject({ code: 'storage_unavailable' });
    await server().start();
    expect(await opening.db.selectFrom('tenants').selectAll().execute()).toEqual([]);
  });

  test.each([
    ['nobody listens', (good: string) => good.replace(/:\d+\//, ':1/')],
    ['the password is wrong', (good: string) => good.replace(/portal:[^@]+@/, 'portal:a-wrong-password@')],
    ['there is no such database', (good: string) => `${good}_missing`],
    ['the server speaks no TLS', (good: string) => `${good}?sslmode=verify-full`],
    [
      'the file of the CA is missing',
      (good: string) => `${good}?sslmode=verify-full&sslrootcert=/nowhere.pem`,
    ],
    ['the URL is no URL', () => 'postgres://:not a url'],
  ])('is storage_unavailable and keeps the password to itself when %s', async (_why, spoil) => {
    const bad = new Secret(spoil(url.reveal()));
    const storage = openStorage({
      database: { kind: 'postgres', url: bad, connectTimeoutMs: 2_000 },
      encryptionKeys: [],
      clock: { now: () => 0 },
      log: silent,
    });
    opened.push(storage);
    const error: unknown = await storage.ping().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'storage_unavailable' });
    const password = new URL(url.reveal()).password;
    const printed = inspect(error, { depth: 10, showHidden: true });
    expect(printed).not.toContain(password);
    expect(printed).not.toContain('a-wrong-password');
  });

  test('an error of the server says nothing of the row it is about', async () => {
    const opening = database();
    await opening.migrate();
    const row = { name: '', host: '', scopes: '[]', created_at: 0, updated_at: 0 };
    const insert = opening.db
      .insertInto('tenants')
      .values({ ...row, id: 'acme', status: 'none', impersonation: 'the sealed secret' })
      .execute();
    const error: unknown = await insert.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'internal_error' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('the sealed secret');
  });

  test('numbers come back as numbers, also those of bigint columns', async () => {
    const { storage, clock } = await storageOver({ kind: 'postgres', url }, opened);
    await storage.tenants.save(tenantOf('acme'));
    await storage.accounts.save(userOf('acme'));
    await storage.audit.append({ action: 'a', result: 'ok', actor: 'a' });
    expect((await storage.audit.read({}))[0]?.at).toBe(clock.now());
  });
});

describePostgresWith(missingOpenssl, 'PostgreSQL over TLS', (server) => {
  test('the URL decides: verified, or not at all', async () => {
    const certificate = server().useTls();
    await server().stop('SIGINT');
    await server().start();
    const url = (await server().createDatabase()).reveal();
    const connect = async (parameters: string) => {
      const options = { kind: 'postgres', url: new Secret(`${url}?${parameters}`) } as const;
      const database = openDatabase(options, { log: silent });
      const own = sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
      try {
        return await own.execute(database.db);
      } finally {
        await database.close();
      }
    };
    const { rows } = await connect(`sslmode=verify-full&sslrootcert=${certificate}`);
    expect(rows).toEqual([{ ssl: true }]);
    // Signed by nobody this machine trusts.
    await expect(connect('sslmode=verify-full')).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});

async function untilRows(query: () => Promise<unknown[]>): Promise<void> {
  await expect.poll(async () => (await query()).length, { timeout: 10_000 }).toBeGreaterThan(0);
}
