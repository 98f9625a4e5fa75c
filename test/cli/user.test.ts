import { readFile, readdir } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/domain/exit-codes.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const EMAIL = 'analyst@acme.example';

describe('portal user', () => {
  let cli: CliHarness;
  beforeEach(async () => {
    cli = await openCliHarness(['acme'], {
      env: {
        SSO_PROVIDERS: JSON.stringify([
          {
            id: 'acme',
            issuer: 'https://login.acme.example',
            clientId: 'portal',
            clientSecret: 'a secret of the tests',
            tenant: 'acme',
          },
        ]),
      },
    });
    const { storage } = await cli.portal();
    await storage.migrate();
    for (const id of ['acme', 'globex']) {
      await storage.tenants.save({
        id: id as never,
        name: id,
        host: cli.acme.host,
        status: 'active',
        impersonation: null,
        management: null,
        scopes: ['user_default'],
        embed: null,
        createQlikUsers: false,
      });
    }
    return () => cli[Symbol.asyncDispose]();
  });

  const json = async <Data>(...args: string[]): Promise<Data> => {
    const { code, stdout, stderr } = await cli.run([...args, '--json']);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Data;
  };
  const add = (email = EMAIL, ...more: string[]) =>
    json<{ user: { id: string }; link: { url: string; expiresAt: string } | null }>(
      'user',
      'add',
      email,
      '--tenant',
      'acme',
      ...more,
    );

  test('the command of the README makes an account that speaks for that Qlik user', async () => {
    const { code, stdout } = await cli.spawn([
      'user',
      'add',
      EMAIL,
      '--tenant',
      'acme',
      '--name',
      'Analyst',
      '--qlik-user-id',
      '6422bad8022070c06d2417bc',
      '--group',
      'Europe',
      '--group',
      'Sales',
    ]);
    expect(code).toBe(EXIT.ok);
    expect(stdout).toMatch(/http:\/\/localhost:3000\/set-password#[\w-]{43}\n$/);
    expect(await (await cli.portal()).storage.accounts.findByEmail(EMAIL)).toMatchObject({
      name: 'Analyst',
      tenantId: 'acme',
      qlikUser: { field: 'userId', value: '6422bad8022070c06d2417bc' },
      groups: ['Europe', 'Sales'],
      status: 'active',
    });
  });

  test('a link is drawn anew each time, lasts an hour, and is stored as a hash only [ASVS 6.4.1]', async () => {
    const first = await add();
    const second = await json<typeof first>('user', 'reset-password', EMAIL);
    const codes = [first, second].map(({ link }) => link!.url.split('#')[1]!);
    expect(new Set(codes).size).toBe(2);
    const left = Date.parse(first.link!.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(59 * 60_000);
    expect(left).toBeLessThanOrEqual(60 * 60_000);
    const files = (await readdir(cli.folder)).filter((name) => name.startsWith('portal.db'));
    const bytes = await Promise.all(files.map((name) => readFile(`${cli.folder}/${name}`, 'latin1')));
    for (const code of codes) expect(bytes.join('')).not.toContain(code);
  });

  test('who signs in with their company gets no link', async () => {
    expect((await add(EMAIL, '--no-password')).link).toBeNull();
    expect(await json('user', 'show', EMAIL)).toMatchObject({ hasPassword: false });
  });

  test('an e-mail belongs to one account, whichever its spelling and tenant', async () => {
    await add();
    const again = await cli.run(['user', 'add', ' Analyst@ACME.example', '--tenant', 'globex']);
    expect(again.code).toBe(EXIT.conflict);
    expect(again.stdout).toBe('');
  });

  test.each([
    [['user', 'add', 'nobody', '--tenant', 'acme'], EXIT.data],
    [['user', 'add', EMAIL, '--tenant', 'nowhere'], EXIT.unknown],
    [['user', 'add', EMAIL], EXIT.usage],
    [['user', 'add', EMAIL, '--tenant', 'acme', '--qlik-user-id', 'a" or id eq "b'], EXIT.usage],
    [['user', 'add', EMAIL, '--tenant', 'acme', '--qlik-subject', ' '], EXIT.usage],
    [['user', 'show', 'nobody@acme.example'], EXIT.unknown],
    [['user', 'disable', '00000000-0000-4000-8000-000000000000'], EXIT.unknown],
    [['user', 'link', EMAIL], EXIT.usage],
  ])('%j ends with %i', async (args, code) => {
    expect((await cli.run(args)).code).toBe(code);
    expect(await (await cli.portal()).storage.accounts.list()).toEqual([]);
  });

  test('lists the people of one tenant, and names the account by e-mail or id', async () => {
    const { user } = await add();
    await json('user', 'add', 'other@globex.example', '--tenant', 'globex');
    expect(await json('user', 'list', '--tenant', 'acme')).toMatchObject([{ id: user.id }]);
    expect(await json('user', 'list')).toHaveLength(2);
    expect((await cli.run(['user', 'list', '--tenant', 'amce'])).code).toBe(EXIT.unknown);
    expect(await json('user', 'show', user.id)).toMatchObject({ email: EMAIL });
    const { stdout } = await cli.run(['user', 'list']);
    expect(stdout).toMatch(
      /^E-MAIL +NAME +TENANT +STATUS +QLIK USER\nanalyst@acme\.example +analyst +acme +active +-/,
    );
  });

  test('groups are set as a whole, and taken away as a whole', async () => {
    await add(EMAIL, '--group', 'Europe');
    expect(await json('user', 'set-groups', EMAIL, 'Sales', 'Board', 'Sales')).toMatchObject({
      groups: ['Sales', 'Board'],
    });
    expect(await json('user', 'set-groups', EMAIL)).toMatchObject({ groups: [] });
  });

  test('ops say which Qlik user an account speaks for, and let go of it again', async () => {
    await add();
    expect(await json('user', 'link', EMAIL, '--qlik-subject', 'auth0|tenant-admin')).toMatchObject({
      qlikUser: { field: 'subject', value: 'auth0|tenant-admin' },
    });
    expect(await json('user', 'unlink', EMAIL)).toMatchObject({ qlikUser: null });
  });

  test('an identity of a provider opens one account only', async () => {
    await add();
    await add('other@acme.example');
    const identity = ['--issuer', 'https://login.acme.example', '--sub', 'person-1'];
    await json('user', 'link-sso', EMAIL, ...identity);
    expect((await cli.run(['user', 'link-sso', 'other@acme.example', ...identity])).code).toBe(EXIT.conflict);
    expect(await json('user', 'show', EMAIL)).toMatchObject({
      identities: [{ issuer: 'https://login.acme.example', subject: 'person-1' }],
    });
    expect((await cli.run(['user', 'show', EMAIL])).stdout).toContain(
      'person-1 of https://login.acme.example',
    );
    await json('user', 'unlink-sso', EMAIL, ...identity);
    expect(await json('user', 'show', EMAIL)).toMatchObject({ identities: [] });
    expect((await cli.run(['user', 'unlink-sso', EMAIL, ...identity])).code).toBe(EXIT.unknown);
    await json('user', 'link-sso', 'other@acme.example', ...identity);
  });

  test.each(['https://login.acme.example/', 'https://login.amce.example'])(
    'an identity of %s, which no provider is called, opens nothing',
    async (issuer) => {
      await add();
      const { code, stderr } = await cli.run(['user', 'link-sso', EMAIL, '--issuer', issuer, '--sub', '1']);
      expect(code).toBe(EXIT.usage);
      expect(stderr).toContain('configured: https://login.acme.example');
    },
  );

  test('removing asks first, and takes the account with it', async () => {
    const { user } = await add();
    expect((await cli.run(['user', 'remove', EMAIL])).code).toBe(EXIT.usage);
    expect(await json('user', 'remove', EMAIL, '--yes')).toMatchObject({ id: user.id });
    expect((await cli.run(['user', 'show', EMAIL])).code).toBe(EXIT.unknown);
  });

  test('a password can be ended at once', async () => {
    const { user } = await add();
    const { storage } = await cli.portal();
    await storage.accounts.setPasswordHash(user.id as never, 'hash-1');
    await json('user', 'reset-password', EMAIL);
    expect(await json('user', 'show', EMAIL)).toMatchObject({ hasPassword: true });
    await json('user', 'reset-password', EMAIL, '--revoke');
    expect(await json('user', 'show', EMAIL)).toMatchObject({ hasPassword: false });
  });

  test('what ops do is on record: who, what, to whom, and no code of a link [ASVS 6.4.3]', async () => {
    const { user, link } = await add();
    await json('user', 'link', EMAIL, '--qlik-user-id', '6422bad8022070c06d2417bc');
    await json('user', 'disable', EMAIL);
    await json('user', 'remove', EMAIL, '--yes');
    const events = await (await cli.portal()).storage.audit.read({ userId: user.id });
    expect(events.map(({ action, actor, tenantId, result }) => [action, actor, tenantId, result])).toEqual(
      ['user.remove', 'user.disable', 'user.link', 'user.add'].map((action) => [
        action,
        'ops:tester',
        'acme',
        'ok',
      ]),
    );
    expect(JSON.stringify(events)).not.toContain(link!.url.split('#')[1]!);
  });
});
