import { readFile, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/domain/exit-codes.ts';
import type { ImportResult } from '../../src/portal/accounts/import-accounts.ts';
import { acmeId } from '../support/people-world.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

describe('portal user import', () => {
  let cli: CliHarness;
  beforeEach(async () => {
    cli = await openCliHarness();
    const { storage } = await cli.portal();
    await storage.migrate();
    await storage.tenants.save({
      id: acmeId(),
      name: 'Acme',
      host: cli.acme.host,
      status: 'active',
      impersonation: null,
      management: null,
      scopes: ['user_default'],
      embed: null,
      createQlikUsers: false,
    });
    return () => cli[Symbol.asyncDispose]();
  });

  async function add(text: string | Buffer, ...more: string[]) {
    const file = await cli.file('people.csv', text as string);
    const args = ['user', 'import', file, '--tenant', 'acme', '--json', ...more];
    const { code, stdout, stderr } = await cli.run(args);
    return { code, stderr, ...((stdout === '' ? {} : JSON.parse(stdout)) as Partial<ImportResult>) };
  }
  const people = async () => {
    const all = await (await cli.portal()).storage.accounts.list();
    return all.map(({ email }) => email);
  };

  test('adds everybody of the list, as written', async () => {
    const csv = `\uFEFFName,EMAIL,groups\r\n"Müller, Zoë",Zoe@Acme.example,Europe|Sales | Europe\r\n\r\n,sam@acme.example,\r\n`;
    expect(await add(csv)).toMatchObject({ code: EXIT.ok, rows: 2, added: 2, faulty: 0 });
    const { storage } = await cli.portal();
    expect(await storage.accounts.findByEmail('zoe@acme.example')).toMatchObject({
      name: 'Müller, Zoë',
      tenantId: 'acme',
      groups: ['Europe', 'Sales'],
      qlikUser: null,
    });
    expect(await storage.accounts.findByEmail('sam@acme.example')).toMatchObject({ name: 'sam', groups: [] });
    const [event] = await storage.audit.read({ action: 'user.import' });
    expect(event).toMatchObject({ actor: 'ops:tester', tenantId: 'acme', detail: { rows: 2, added: 2 } });
  });

  const FAULTY = [
    'email,name,groups',
    'good@acme.example,Good,',
    'not an address,Bad,',
    'Good@acme.example,Twice,',
    'taken@acme.example,Taken,',
    'few@acme.example',
    'many@acme.example,Many,,,',
    `long@acme.example,${'x'.repeat(201)},`,
    'bell@acme.example,Be\u0007ll,',
    `group@acme.example,Group,${'x'.repeat(201)}`,
    'fine@acme.example,Fine,Sales',
  ].join('\n');
  const FAULTS = [
    { line: 3, problem: 'email: not an e-mail address' },
    { line: 4, problem: 'email: also in line 2' },
    { line: 6, problem: 'has another number of values than the first line' },
    { line: 7, problem: 'has another number of values than the first line' },
    { line: 8, problem: 'name: too long, or holds control characters' },
    { line: 9, problem: 'name: too long, or holds control characters' },
    { line: 10, problem: 'groups: too many or too long, or hold control characters' },
    { line: 5, problem: 'email: has an account already' },
  ];

  test('adds nobody where a line is wrong, and names every such line', async () => {
    await add('email\ntaken@acme.example\n');
    const result = await add(FAULTY);
    expect(result).toMatchObject({ code: EXIT.data, rows: 10, added: 0, faulty: 8, faults: FAULTS });
    expect(await people()).toEqual(['taken@acme.example']);
  });

  test('adds the others on request', async () => {
    await add('email\ntaken@acme.example\n');
    const result = await add(FAULTY, '--partial');
    expect(result).toMatchObject({ code: EXIT.found, rows: 10, added: 2, faulty: 8, faults: FAULTS });
    expect(await people()).toEqual(['fine@acme.example', 'good@acme.example', 'taken@acme.example']);
  });

  test('a dry run finds the same and adds nobody, also in part', async () => {
    expect(await add('email\ngood@acme.example\n', '--dry-run')).toMatchObject({ code: EXIT.ok, added: 0 });
    expect(await add(FAULTY, '--dry-run', '--partial')).toMatchObject({ added: 0, faulty: 7 });
    expect(await people()).toEqual([]);
  });

  test.each([
    ['email,password\na@acme.example,secret\n', 'unknown column password'],
    ['email,qlik_user_id\na@acme.example,6422bad8022070c06d2417bc\n', 'unknown column qlik_user_id'],
    ['name\nAnalyst\n', 'the column email is missing'],
    ['email,email\n', 'duplicate column'],
    ['', 'is empty'],
    [Buffer.from('email,name\na@acme.example,Zo\xeb\n', 'latin1'), 'is not in UTF-8'],
    ['email,name\na@acme.example,"never closed\n', 'line 2: not readable as CSV'],
    [`email,name\na@acme.example,"${'x'.repeat(70_000)}\n`, 'not readable as CSV'],
  ])('refuses the file %#, without a word of what is in it', async (text, reason) => {
    const { code, stderr } = await add(text);
    expect(code).toBe(EXIT.data);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('secret');
    expect(await people()).toEqual([]);
  });

  test('a file that is not there, a tenant that is not there', async () => {
    const args = ['user', 'import', `${cli.folder}/nothing.csv`, '--tenant'];
    expect((await cli.run([...args, 'acme'])).code).toBe(EXIT.unknown);
    expect((await cli.run([...args, 'nowhere'])).code).toBe(EXIT.unknown);
  });

  test('whom people speak for is taken from the list only where ops say so', async () => {
    const csv = 'email;qlik_user_id\na@acme.example;6422bad8022070c06d2417bc\nb@acme.example;id or id pr\n';
    const result = await add(csv, '--qlik-links', '--delimiter', ';');
    expect(result.faults).toEqual([{ line: 3, problem: 'qlik_user_id: no id of a Qlik user' }]);
    const sound = csv.replace('id or id pr', '');
    expect(await add(sound, '--qlik-links', '--delimiter', ';')).toMatchObject({ added: 2 });
    const { accounts } = (await cli.portal()).storage;
    expect((await accounts.findByEmail('a@acme.example'))?.qlikUser).toMatchObject({ field: 'userId' });
    expect((await accounts.findByEmail('b@acme.example'))?.qlikUser).toBeNull();
  });

  test('writes the links to a file of its owner only, and leaves none where nobody was added', async () => {
    const links = `${cli.folder}/links.csv`;
    await add('email\nnot an address\n', '--links', links);
    await expect(stat(links)).rejects.toMatchObject({ code: 'ENOENT' });
    const { stderr, added } = await add(
      'email,name\na@acme.example,"An ""A"""\nb@acme.example,\n',
      '--links',
      links,
    );
    expect(added).toBe(2);
    expect((await stat(links)).mode & 0o777).toBe(0o600);
    const [head, first, second, ...rest] = (await readFile(links, 'utf8')).split('\n');
    expect(head).toBe('email,name,link,expires_at');
    expect(first).toMatch(
      /^"a@acme\.example","An ""A""","http:\/\/localhost:3000\/set-password#[\w-]{43}","20/,
    );
    expect(second).toContain('"b@acme.example"');
    expect(rest).toEqual(['']);
    expect(stderr).not.toContain('set-password');
    expect((await add('email\nc@acme.example\n', '--links', links)).code).toBe(EXIT.conflict);
  });

  test('a spreadsheet reads no name or e-mail of the links as a formula', async () => {
    const links = `${cli.folder}/links.csv`;
    const names = ['=HYPERLINK("https://evil.example")', '+1', '-1', '@SUM(A1)', 'Fine = name'];
    const rows = names.map((name, index) => `=${index}@acme.example,"${name.replaceAll('"', '""')}"`);
    expect(await add(`email,name\n${rows.join('\n')}\n`, '--links', links)).toMatchObject({ added: 5 });
    const [, ...lines] = (await readFile(links, 'utf8')).trimEnd().split('\n');
    const first = lines.map((line) => line.split(',"http')[0]!.replace(/^"'=\d@acme.example",/, ''));
    expect(first).toEqual([
      `"'=HYPERLINK(""https://evil.example"")"`,
      `"'+1"`,
      `"'-1"`,
      `"'@SUM(A1)"`,
      '"Fine = name"',
    ]);
  });

  test('what was added in part before the list ended badly is told, on record, and keeps its links', async () => {
    const links = `${cli.folder}/links.csv`;
    const many = Array.from({ length: 700 }, (_, index) => `person-${index}@acme.example`);
    const csv = `email\n${many.join('\n')}\n"never closed\n`;
    const result = await add(csv, '--partial', '--links', links);
    expect(result).toMatchObject({ code: EXIT.data, rows: 500, added: 500 });
    expect(result.stderr).toContain('not readable as CSV');
    expect(await people()).toHaveLength(500);
    expect((await readFile(links, 'utf8')).trimEnd().split('\n')).toHaveLength(501);
    const [event] = await (await cli.portal()).storage.audit.read({ action: 'user.import' });
    expect(event).toMatchObject({ detail: { rows: 500, added: 500, faulty: 0 } });
  });

  test('links to accounts that were added are kept where the audit log fails', async () => {
    const database = new DatabaseSync(`${cli.folder}/portal.db`);
    database.exec(`create trigger full before insert on audit_events when new.action = 'user.import'
      begin select raise(abort, 'the disk is full'); end`);
    database.close();
    const links = `${cli.folder}/links.csv`;
    const result = await add('email\na@acme.example\n', '--links', links);
    expect(result).toMatchObject({ rows: 1, added: 1 });
    expect(result.code).not.toBe(EXIT.ok);
    expect(await readFile(links, 'utf8')).toContain('a@acme.example');
  });

  test('one that was killed half-way has added nobody, and is simply done again', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `person-${index}@acme.example`);
    const file = await cli.file('many.csv', `email\n${lines.join('\n')}\n`);
    const args = ['user', 'import', file, '--tenant', 'acme'];
    const { signal } = await cli.spawn(args, {
      started: (child) =>
        void child.stderr?.on('data', (text: string) => {
          if (text.includes('prepared 5000')) child.kill('SIGKILL');
        }),
    });
    expect(signal).toBe('SIGKILL');
    expect(await people()).toEqual([]);
    expect((await cli.spawn(args)).stdout).toBe('10000 of 10000 were added\n');
  });

  test('100,000 people fit into little memory, whatever their number', { timeout: 300_000 }, async () => {
    const lines = ['email,name,groups'];
    for (let index = 0; index < 100_000; index += 1) {
      lines.push(`person-${index}@acme.example,Person number ${index},Europe|Group ${index % 50}`);
    }
    const file = await cli.file('many.csv', `${lines.join('\n')}\n`);
    const { code, stdout, stderr } = await cli.spawn(['user', 'import', file, '--tenant', 'acme'], {
      // Of what is kept per person only the e-mail; the accounts alone would not fit.
      env: { NODE_OPTIONS: '--max-old-space-size=64' },
    });
    expect(stderr).toContain('checked 100000 rows');
    expect(stderr).toContain('prepared 100000 rows');
    expect([code, stdout]).toEqual([EXIT.ok, '100000 of 100000 were added\n']);
  });
});
