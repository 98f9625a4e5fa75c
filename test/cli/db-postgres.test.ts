import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Portal } from '../../src/compose/portal.ts';
import { newAccountId } from '../../src/domain/model/ids.ts';
import type { Secret } from '../../src/domain/model/secret.ts';
import { findPostgres } from '../../scripts/servers/postgres-server.ts';
import { describePostgres } from '../support/postgres.ts';
import { fill, sessionOf, tenantOf } from './support/filled-portal.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

describePostgres('portal db with PostgreSQL', (server) => {
  let cli: CliHarness;
  let url: Secret;
  beforeEach(async () => {
    cli = await openCliHarness();
    url = await server().createDatabase();
  });
  afterEach(() => cli[Symbol.asyncDispose]());

  const at = (name: string) => join(cli.folder, name);

  /** The command and the portal on a PostgreSQL database, with the keys of `cli`. */
  function on(database: Secret): Promise<CliHarness> {
    return openCliHarness(['acme'], { env: { ...cli.environment, DATABASE_URL: database.reveal() } });
  }

  async function copyTo(target: Secret) {
    return cli.run(['db', 'copy', '--to-file', await cli.file('target', `${target.reveal()}\n`), '--json']);
  }

  async function execute(statement: string, database = url) {
    const client = new Client({ connectionString: database.reveal() });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  describe('copy', () => {
    let portal: Portal;
    beforeEach(async () => {
      portal = await cli.portal();
      await portal.storage.migrate();
    });

    test('copies every row, and every secret can be opened', async () => {
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
      const there = await on(url);
      try {
        const { storage } = await there.portal();
        expect(await storage.accounts.list()).toHaveLength(1_234);
        expect(await storage.accounts.find(users[7]!.id)).toEqual(users[7]);
        const tenant = await storage.tenants.find(users[0]!.tenantId);
        const { secret } = tenant!.impersonation!.authentication as { secret: Secret };
        expect(secret.reveal()).toBe('acme-secret');
        expect(tenant?.name).toBe(tenantOf('acme').name);
        const { stdout: status } = await there.run(['db', 'status']);
        expect(status).toMatch(/postgres, 127\.0\.0\.1:\d+\/portal_\d+/);
        expect(status).not.toContain(URL.parse(url.reveal())!.password);
        const refused = await there.run(['db', 'copy', '--to', 'postgres://h/d']);
        expect([refused.code, refused.stderr]).toEqual([64, expect.stringContaining('PostgreSQL already')]);
      } finally {
        await there[Symbol.asyncDispose]();
      }
    });

    test('refuses a target that is not empty', async () => {
      await fill(portal, 3);
      expect((await copyTo(url)).code).toBe(0);
      const again = await copyTo(url);
      expect([again.code, again.stderr]).toEqual([73, expect.stringContaining('not empty')]);
    });

    test('copies all rows or none', async () => {
      await fill(portal, 700);
      const database = new DatabaseSync(at('portal.db'));
      // A row that PostgreSQL refuses, after many that it accepts.
      database.exec('pragma foreign_keys = off');
      database.exec("update user_identities set user_id = 'nobody'");
      database.close();
      expect((await copyTo(url)).code).not.toBe(0);
      const there = await on(url);
      try {
        const { rows } = JSON.parse((await there.run(['db', 'status', '--json'])).stdout) as {
          rows: Record<string, number>;
        };
        expect(Object.values(rows).every((count) => count === 0)).toBe(true);
      } finally {
        await there[Symbol.asyncDispose]();
      }
    });

    test('refuses a password in its arguments, which every user of the machine can read', async () => {
      const { code, stderr } = await cli.run(['db', 'copy', '--to', url.reveal()]);
      expect([code, stderr]).toEqual([64, expect.stringContaining('--to-file')]);
      expect(stderr).not.toContain(URL.parse(url.reveal())!.password);
      const without = URL.parse(url.reveal())!;
      const { password } = without;
      without.password = '';
      const given = await cli.spawn(['db', 'copy', '--to', without.href], { env: { PGPASSWORD: password } });
      expect([given.code, given.stderr]).toEqual([0, expect.stringContaining('audit_events')]);
      expect((await cli.run(['db', 'copy', '--to-file', at('none')])).code).toBe(66);
      expect((await cli.run(['db', 'copy', '--to', 'mysql://h/d'])).code).toBe(64);
    });

    test('migrates once for ten processes that start at the same time', async () => {
      const there = await on(url);
      try {
        const runs = await Promise.all(Array.from({ length: 10 }, () => there.run(['db', 'migrate'])));
        expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
      } finally {
        await there[Symbol.asyncDispose]();
      }
    });
  });

  describe('the documented backup and restore', () => {
    let there: CliHarness;
    beforeEach(async () => {
      there = await on(url);
      await (await there.portal()).storage.migrate();
    });
    afterEach(() => there[Symbol.asyncDispose]());

    const [backUp = '', restore = ''] = documentedCommands();
    const programs = findPostgres() ?? '';

    function sh(commands: string, database = url): void {
      const { hostname, port, username, password, pathname } = URL.parse(database.reveal())!;
      const env = {
        PATH: `${programs}:${process.env['PATH']}`,
        PGHOST: hostname,
        PGPORT: port,
        PGUSER: username,
        PGPASSWORD: password,
        PGDATABASE: pathname.slice(1),
      };
      execFileSync('sh', ['-eu', '-c', commands], { cwd: cli.folder, env, stdio: 'pipe' });
    }

    test('restore the accounts and secrets of the backup, end all sessions and void all links', async () => {
      const portalThere = await there.portal();
      const [first, second] = await fill(portalThere, 10);
      sh(backUp);
      expect(statSync(at('backup.dump')).mode & 0o777).toBe(0o600);
      const { accounts, tenants, passwordInvites } = portalThere.storage;
      await accounts.save({ ...first!, name: 'changed since' });
      await accounts.remove(second!.id);
      sh(restore);
      expect((await accounts.find(first!.id))?.name).toBe(first!.name);
      expect(await accounts.find(second!.id)).toEqual(second);
      expect((await tenants.find(first!.tenantId))?.impersonation?.authentication).toMatchObject({
        method: 'client_secret',
      });
      expect(await sessionOf(portalThere, 'sid-1')).toBeUndefined();
      expect(await passwordInvites.find(`code-of-${first!.id}`)).toBeUndefined();
      // The constraints are restored with the rows.
      const again = { ...first!, id: newAccountId() };
      await expect(accounts.save(again)).rejects.toMatchObject({ code: 'conflict' });
      await expect(execute("update audit_events set action = 'x'")).rejects.toThrow('never changed');
    });

    test('restore into an empty database, where the audit log is append-only as before', async () => {
      const [first] = await fill(await there.portal(), 3);
      sh(backUp);
      const empty = await server().createDatabase();
      // A new database has nothing to clean, which pg_restore accepts.
      sh(restore, empty);
      const elsewhere = await on(empty);
      try {
        expect(await (await elsewhere.portal()).storage.accounts.find(first!.id)).toEqual(first);
        const { stdout } = await elsewhere.run(['db', 'status']);
        expect(stdout).toMatch(/migrations +up to date/);
        await expect(execute("update audit_events set action = 'x'", empty)).rejects.toThrow('never changed');
      } finally {
        await elsewhere[Symbol.asyncDispose]();
      }
    });

    test('leave the database as it was where the backup is incomplete', async () => {
      const portalThere = await there.portal();
      const [first] = await fill(portalThere, 500);
      sh(backUp);
      const { accounts } = portalThere.storage;
      await accounts.save({ ...first!, name: 'changed since' });
      truncateSync(at('backup.dump'), statSync(at('backup.dump')).size - 2_000);
      expect(() => sh(restore)).toThrow('pg_restore');
      expect((await accounts.find(first!.id))?.name).toBe('changed since');
    });

    test.each([
      ['backup', ['backup', 'file'], 'pg_dump --format=custom'],
      ['restore', ['restore', 'file', '--yes'], 'pg_restore --clean --if-exists --single-transaction'],
    ])('portal db %s names the programs of PostgreSQL and does nothing', async (_name, args, command) => {
      const { code, stderr } = await there.run(['db', ...args]);
      expect([code, stderr]).toEqual([64, expect.stringContaining(command)]);
      expect(await execute('select 1 from audit_events')).toEqual([]);
    });
  });
});

/** What docs/operations tells people to run: to back up, and to restore. */
function documentedCommands(): readonly string[] {
  const pages = globSync('docs/**/*.md').map((page) => readFileSync(page, 'utf8'));
  const blocks = [...pages.join('\n').matchAll(/^```sh\n(.*?)^```/gms)];
  const block = blocks.map(([, text = '']) => text).find((text) => text.includes('$PGDATABASE'));
  return block?.split('\n\n') ?? [];
}
