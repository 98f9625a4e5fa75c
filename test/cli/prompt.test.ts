import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const CLI = join(import.meta.dirname, '../../bin/portal.js');
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

let cli: CliHarness;

beforeEach(async () => {
  cli = await openCliHarness();
});
afterEach(() => cli[Symbol.asyncDispose]());

/** Runs the command on a terminal of its own (script, of Debian's bsdutils) and types when it asks. */
async function onTerminal(args: readonly string[], answers: readonly [question: string, typed: string][]) {
  const quoted = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], {
    env: { PATH: process.env['PATH'], ...cli.environment },
  });
  const left = [...answers];
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const [next] = left;
    if (next === undefined || !screen.includes(next[0])) return;
    left.shift();
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve));
  return { code, screen };
}

const provision = () => [
  'tenant',
  'provision',
  'acme',
  '--host',
  cli.acme.host,
  '--admin-client-id',
  cli.acme.managementClient.clientId,
];

describe('at a terminal', () => {
  it('asks for a secret and does not show it', async () => {
    const { clientSecret } = cli.acme.managementClient;
    const { code, screen } = await onTerminal(provision(), [['The secret of client', `${clientSecret}\r`]]);
    expect({ code, screen }).toMatchObject({
      code: 0,
      screen: expect.stringContaining('created') as unknown,
    });
    expect(screen).not.toContain(clientSecret);
    expect(screen).not.toContain(clientSecret.slice(0, 8));
  });

  it.each([
    ['Ctrl-C', CTRL_C],
    ['the end of input', CTRL_D],
  ])('does nothing after %s', async (_what, key) => {
    const { code, screen } = await onTerminal(provision(), [['The secret of client', key]]);
    expect(code).toBe(130);
    expect(screen).toContain('Nothing was done.');
    expect(cli.acme.state.journal.count()).toBe(0);
  });

  it('removes a tenant after yes, and nothing else will do', async () => {
    await cli.run([
      'tenant',
      'provision',
      'acme',
      '--host',
      cli.acme.host,
      '--management',
      'create',
      ...(await cli.managementOptions()),
    ]);
    const remove = ['tenant', 'remove', 'acme'];
    for (const answer of ['\r', 'n\r', 'perhaps\r']) {
      expect(await onTerminal(remove, [['[y/N]', answer]])).toMatchObject({ code: 130 });
    }
    expect(JSON.parse((await cli.run(['tenant', 'list', '--json'])).stdout)).toHaveLength(1);
    expect(await onTerminal(remove, [['[y/N]', 'y\r']])).toMatchObject({ code: 0 });
    expect((await cli.run(['tenant', 'list', '--json'])).stdout.trim()).toBe('[]');
  });
});

describe('portal', () => {
  it('explains itself without a configuration', async () => {
    const env = { PUBLIC_URL: '', SESSION_SECRET: '', ENCRYPTION_KEYS: '' };
    for (const args of [
      ['--help'],
      ['tenant', '--help'],
      ['tenant', 'provision', '--help'],
      ['doctor', '--help'],
    ]) {
      const result = await cli.spawn(args, { env });
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('Usage: portal');
    }
    const listed = await cli.spawn(['tenant', 'list'], { env });
    expect(listed).toMatchObject({ code: 78, stdout: '' });
    expect(listed.stderr).toContain('SESSION_SECRET');
  });

  it.each([
    ['no such command', ['nonsense']],
    ['an argument too few', ['tenant', 'show']],
    ['an unknown option', ['tenant', 'list', '--nonsense']],
    ['an option without its value', ['tenant', 'provision', 'acme', '--host']],
    ['a wrong id', ['tenant', 'show', 'a_b']],
    ['a wrong number', ['client', 'list', 'acme', '--limit', 'many']],
    ['two that do not go together', ['tenant', 'rotate', 'acme', '--private-key-jwt', '--client-secret']],
  ])('says how it is used: %s', async (_what, args) => {
    const result = await cli.run(args);
    expect(result).toMatchObject({ code: 64, stdout: '' });
    expect(result.stderr).not.toBe('');
  });

  it('ends quietly when nobody reads on', async () => {
    const command = `'${process.execPath}' '${CLI}' --help | true; '${process.execPath}' '${CLI}' doctor --json | true`;
    const child = spawn('sh', ['-c', command], {
      env: { PATH: process.env['PATH'], ...cli.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await new Promise((resolve) => void child.on('close', resolve));
    expect(stderr).toBe('');
  });

  it('tells programs what went wrong in JSON', async () => {
    const result = await cli.run(['tenant', 'show', 'nobody', '--json']);
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'not_found' } });
    expect(result).toMatchObject({ code: 66, stdout: '' });
  });
});
