import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const NAMES = ['acme', 'globex', 'initech'];

let cli: CliHarness;
let file: string;

beforeEach(async () => {
  cli = await openCliHarness(NAMES);
  file = await write(await specs());
});
afterEach(() => cli[Symbol.asyncDispose]());

async function specs(change: (name: string) => object = () => ({})): Promise<object[]> {
  return Promise.all(
    cli.region.tenants.map(async ({ name, host, managementClient }) => {
      await cli.file(`${name}.secret`, managementClient.clientSecret);
      const admin = { clientId: managementClient.clientId, clientSecretFile: `${name}.secret` };
      return { id: name, host, name: `The ${name}`, admin, ...change(name) };
    }),
  );
}

const write = (tenants: unknown) => cli.file('tenants.yaml', stringify({ tenants }));
const plan = (...args: string[]) => cli.run(['tenant', 'plan', '-f', file, ...args]);
const apply = (...args: string[]) => cli.run(['tenant', 'apply', '-f', file, ...args]);
const json = (text: string) => z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(text));
const client = (name = 'acme') =>
  cli.region
    .tenant(name)
    .state.clients.all()
    .find(({ description }) => description.includes(`client of ${name}`))!;

describe('tenants as code', () => {
  it('plans, applies, and then has nothing left to do', async () => {
    const before = await plan();
    expect(before).toMatchObject({ code: 1 });
    expect(before.stdout.split('\n').filter(Boolean)).toEqual(
      NAMES.map((name) => `+ ${name}: not provisioned yet`),
    );
    const applied = await apply();
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.stdout).toContain('3 tenants applied, 0 failed');
    expect(applied.stderr).toMatch(/^\[#{24}\] 3\/3 /m);
    expect(json((await plan('--json')).stdout).map(({ action }) => action)).toEqual(['none', 'none', 'none']);
    expect(await plan()).toMatchObject({ code: 0 });
    const writes = cli.acme.state.journal.count({ method: 'POST', path: '/api/v1/oauth-clients' });
    await apply();
    expect(cli.acme.state.journal.count({ method: 'POST', path: '/api/v1/oauth-clients' })).toBe(writes);
  });

  it('a plan changes nothing', async () => {
    const before = cli.region.tenants.map(({ state }) => structuredClone(state.clients.all()));
    await plan();
    expect(cli.region.tenants.map(({ state }) => state.clients.all())).toEqual(before);
    expect((await cli.run(['tenant', 'list', '--json'])).stdout.trim()).toBe('[]');
  });

  it('shows what drifted, field by field, and brings it back', async () => {
    await apply();
    Object.assign(client(), {
      allowedScopes: ['user_default', 'admin_classic'],
      allowedGrantTypes: ['client_credentials'],
      allowedOrigins: [],
      consentMethod: 'required',
    });
    const { stdout } = await plan();
    expect(stdout).toBe(
      [
        '~ acme',
        '    allowedScopes: user_default, admin_classic → user_default',
        '    allowedGrantTypes: client_credentials → client_credentials, urn:qlik:oauth:user-impersonation',
        '    allowedOrigins: nothing → http://localhost:3000',
        '    consentMethod: required → trusted',
        '= globex',
        '= initech',
        '',
      ].join('\n'),
    );
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await plan()).toMatchObject({ code: 0 });
  });

  it('shows what the portal knows otherwise, and a client that is gone', async () => {
    await apply();
    const embed = { appId: 'app-1', sheets: ['s1', 's2=Two', { id: 's3', title: 'Three' }] };
    file = await write(
      await specs((name) =>
        name === 'acme'
          ? { name: 'Acme Ltd', embed, status: 'disabled', createQlikUsers: true, management: 'create' }
          : {},
      ),
    );
    const { state } = cli.region.tenant('globex');
    state.clients.remove(client('globex').clientId);
    const { stdout } = await plan();
    expect(stdout).toContain(
      '~ acme\n    name differs in the portal\n    embed differs in the portal\n    status differs in the portal\n    createQlikUsers differs in the portal\n    management differs in the portal\n',
    );
    expect(stdout).toContain('~ globex\n    the client was deleted in the tenant\n');
    expect(await apply()).toMatchObject({ code: 0 });
    expect(await plan()).toMatchObject({ code: 0 });
    const shown = await cli.run(['tenant', 'show', 'acme', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      name: 'Acme Ltd',
      status: 'disabled',
      createQlikUsers: true,
      embed: {
        appId: 'app-1',
        sheets: [
          { id: 's1', title: 's1' },
          { id: 's2', title: 'Two' },
          { id: 's3', title: 'Three' },
        ],
        objects: [],
      },
    });
  });

  it('sets just-in-time Qlik users of a new tenant, and leaves them as they are where the file does not say', async () => {
    file = await write(await specs((name) => (name === 'acme' ? { createQlikUsers: true } : {})));
    expect(await apply()).toMatchObject({ code: 0 });
    file = await write(await specs());
    expect(await plan()).toMatchObject({ code: 0 });
    const list = json((await cli.run(['tenant', 'list', '--json'])).stdout);
    expect(list.map(({ id, createQlikUsers }) => [id, createQlikUsers])).toEqual([
      ['acme', true],
      ['globex', false],
      ['initech', false],
    ]);
    await cli.run(['tenant', 'update', 'acme', '--jit-users', 'off']);
    file = await write(await specs((name) => (name === 'acme' ? { createQlikUsers: true } : {})));
    expect((await plan()).stdout).toContain('~ acme\n    createQlikUsers differs in the portal\n');
  });

  it('one tenant that fails stops no other, and the next run does it', async () => {
    const { state } = cli.region.tenant('globex');
    const { id } = state.faults.add({ kind: 'reset' });
    const result = await apply();
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toMatch(
      /^✓ acme: provisioned\n✗ globex: .*\n✓ initech: provisioned\n2 tenants .*, 1 failed$/m,
    );
    state.faults.clear(id);
    const again = await apply('--json');
    expect(json(again.stdout).map(({ action }) => action)).toEqual(['none', 'create', 'none']);
    expect(await plan()).toMatchObject({ code: 0 });
  });

  it.each([
    [1, false],
    [3, true],
  ])('works on no more tenants at a time than it is told: %i', async (concurrency, overlapping) => {
    for (const { state } of cli.region.tenants) state.faults.add({ kind: 'delay', ms: 50, times: 3 });
    expect(await apply('--concurrency', String(concurrency))).toMatchObject({ code: 0 });
    const spans = cli.region.tenants
      .map(({ state }) => state.journal.list().map(({ at }) => at))
      .map((times) => ({ from: Math.min(...times), to: Math.max(...times) }))
      .toSorted((a, b) => a.from - b.from);
    const overlaps = spans.slice(1).filter(({ from }, index) => from < spans[index]!.to);
    expect(overlaps.length > 0).toBe(overlapping);
  });
});

describe('a tenants.yaml that is not right', () => {
  const host = 'https://acme.example';

  it.each<[string, unknown]>([
    ['no tenants', []],
    ['a secret in it', [{ id: 'a', host, admin: { clientId: 'c', clientSecret: 'TOP-SECRET' } }]],
    ['an unknown field', [{ id: 'a', host, scope: ['x'] }]],
    ['a wrong id', [{ id: 'a b', host }]],
    ['a wrong host', [{ id: 'a', host: 'https://10.0.0.1' }]],
    [
      'the same id twice',
      [
        { id: 'a', host },
        { id: 'A', host },
      ],
    ],
    ['prototype keys', JSON.parse('[{"__proto__": {"id": "a"}, "host": "x"}]')],
  ])('%s', async (_what, tenants) => {
    file = await write(tenants);
    for (const result of [await plan(), await apply()]) {
      expect(result).toMatchObject({ code: 65, stdout: '' });
      expect(result.stderr).not.toContain('TOP-SECRET');
    }
  });

  it.each([
    ['no YAML', 'tenants: [\n  - secret: TOP-SECRET\n }', 65],
    [
      'a bomb of aliases',
      'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: &e [*d,*d]\nf: &f [*e,*e]\ng: [*f,*f,*f,*f]\ntenants: [*g]',
      65,
    ],
    ['a missing secret file', `tenants:\n  - {id: a, host: "${host}", admin: {tokenFile: nowhere}}`, 66],
  ])('%s', async (_what, text, code) => {
    file = await cli.file('tenants.yaml', text);
    const result = await plan();
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).not.toContain('TOP-SECRET');
  });

  it('comes from standard input too, and a missing file is said to be missing', async () => {
    const result = await cli.run(['tenant', 'plan', '-f', '-'], {
      input: stringify({ tenants: [{ id: 'acme', host: cli.acme.host }] }),
    });
    expect(result.stdout).toBe('+ acme: not provisioned yet\n');
    expect(await cli.run(['tenant', 'plan', '-f', '/nowhere.yaml'])).toMatchObject({ code: 66 });
  });

  it('says which tenant has nobody to administer it', async () => {
    file = await write([{ id: 'acme', host: cli.acme.host }]);
    const result = await apply();
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toContain('✗ acme: ');
    expect(result.stdout).toContain('no management credentials');
  });
});
