import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

let cli: CliHarness;
let userId: string;

beforeEach(async () => {
  cli = await openCliHarness();
  userId = cli.acme.state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!.id;
  const args = ['tenant', 'provision', 'acme', '--host', cli.acme.host, '--management', 'keep'];
  await cli.run(args.concat(await cli.managementOptions()));
});
afterEach(() => cli[Symbol.asyncDispose]());

const client = () =>
  cli.acme.state.clients.all().find(({ description }) => description.includes('client of acme'))!;
const hints = () => client().secrets.map(({ hint }) => hint);
const rotate = (...more: string[]) =>
  cli.run(['tenant', 'rotate', 'acme', '--user', userId, '--grace', '0', ...more]);
const works = async () => {
  const verified = await cli.run(['tenant', 'verify', 'acme', '--user', userId, '--json']);
  return z.object({ drift: z.array(z.unknown()) }).parse(JSON.parse(verified.stdout)).drift.length === 0;
};

describe('portal tenant rotate', () => {
  it('leaves one new secret, and it works', async () => {
    const before = hints();
    expect(await rotate()).toMatchObject({ code: 0 });
    expect(hints()).toHaveLength(1);
    expect(hints()).not.toEqual(before);
    expect(await works()).toBe(true);
  });

  it('takes the new secret back when the proof fails, and the old one goes on working', async () => {
    const before = hints();
    cli.acme.state.faults.add({ kind: 'disabled-user', match: { userId }, times: 1 });
    cli.acme.state.faults.add({
      kind: 'disabled-user',
      match: { grant: 'urn:qlik:oauth:user-impersonation' },
      times: 1,
    });
    expect(await rotate()).toMatchObject({ code: 77 });
    cli.acme.state.faults.clear();
    expect(hints()).toEqual(before);
    expect(await works()).toBe(true);
  });

  it('leaves secrets of others alone and names them; --prune removes them', async () => {
    const { hint } = cli.acme.state.clients.addSecret(client(), 'someone')!;
    const kept = await rotate();
    expect(kept.stdout).toContain(hint);
    expect(hints()).toContain(hint);
    expect(hints()).toHaveLength(2);
    expect(await rotate('--prune')).toMatchObject({ code: 0 });
    expect(hints()).toHaveLength(1);
    expect(await works()).toBe(true);
  });

  it('says what to do at the limit of five secrets, and does it when told', async () => {
    while (cli.acme.state.clients.addSecret(client(), 'someone') !== undefined);
    const refused = await rotate();
    expect(refused).toMatchObject({ code: 73 });
    expect(refused.stderr).toContain('--prune');
    expect(hints()).toHaveLength(5);
    expect(await works()).toBe(true);
    expect(await rotate('--prune')).toMatchObject({ code: 0 });
    expect(hints()).toHaveLength(1);
    expect(await works()).toBe(true);
  });

  it.each(['ES384', 'RS256', 'RS512'])(
    'switches to a key that never leaves the portal: %s',
    async (algorithm) => {
      expect(await rotate('--private-key-jwt', algorithm)).toMatchObject({ code: 0 });
      expect(client()).toMatchObject({
        allowedAuthMethods: ['private_key_jwt'],
        secrets: [],
        publicKeys: [{ alg: algorithm, use: 'sig' }],
      });
      expect(Object.keys(client().publicKeys[0]!)).not.toContain('d');
      expect(await works()).toBe(true);
    },
  );

  it('replaces a key by a key, and goes back to a secret [RFC 10017 6.2.3.4]', async () => {
    await rotate('--private-key-jwt');
    const [first] = client().publicKeys;
    expect(await rotate()).toMatchObject({ code: 0 });
    expect(client().publicKeys).toHaveLength(1);
    expect(client().publicKeys[0]?.kid).not.toBe(first?.kid);
    expect(await works()).toBe(true);
    expect(await rotate('--client-secret')).toMatchObject({ code: 0 });
    expect(client()).toMatchObject({ allowedAuthMethods: ['client_secret'], publicKeys: [] });
    expect(hints()).toHaveLength(1);
    expect(await works()).toBe(true);
  });

  it('takes the key back when the proof fails', async () => {
    cli.acme.state.faults.add({
      kind: 'disabled-user',
      match: { grant: 'urn:qlik:oauth:user-impersonation' },
      times: 1,
    });
    expect(await rotate('--private-key-jwt')).toMatchObject({ code: 77 });
    cli.acme.state.faults.clear();
    expect(client()).toMatchObject({ allowedAuthMethods: ['client_secret'], publicKeys: [] });
    expect(await works()).toBe(true);
  });

  it('does not lock out other holders of a secret without a word', async () => {
    cli.acme.state.clients.addSecret(client(), 'someone');
    expect(await rotate('--private-key-jwt')).toMatchObject({ code: 73 });
    expect(client().publicKeys).toEqual([]);
    expect(await rotate('--private-key-jwt', '--prune')).toMatchObject({ code: 0 });
    expect(client().secrets).toEqual([]);
  });

  it.each([[[]], [['--private-key-jwt']], [['--client-secret']]])(
    'leaves keys of others alone and names them %j; --prune removes them',
    async (options) => {
      const theirs = {
        kid: 'theirs',
        kty: 'EC',
        alg: 'ES384',
        use: 'sig',
        crv: 'P-384',
        x: 'x',
        y: 'y',
      } as const;
      Object.assign(client(), {
        publicKeys: [theirs],
        allowedAuthMethods: ['client_secret', 'private_key_jwt'],
      });
      expect((await rotate(...options)).stdout).toContain('theirs');
      expect(client().publicKeys).toContainEqual(theirs);
      expect(client().allowedAuthMethods).toContain('private_key_jwt');
      expect(await works()).toBe(true);
      expect((await rotate('--prune')).stdout).not.toContain('theirs');
      expect(client().publicKeys).not.toContainEqual(theirs);
      expect(await works()).toBe(true);
    },
  );

  it.each([
    [[], 'secret'],
    [['--private-key-jwt'], 'ES384 key'],
    [['--client-secret'], 'secret'],
  ])('a dry run %j prints what would be added and removed, and changes nothing', async (options, added) => {
    const before = structuredClone(client());
    const id = client().clientId;
    expect(await cli.dryRun(['tenant', 'rotate', 'acme', '--user', userId, ...options])).toMatchObject([
      { where: 'tenant', action: 'create', object: `${added} of client ${id}`, id: null },
      { where: 'portal', action: 'update', object: 'stored impersonation credentials', id },
      { where: 'tenant', action: 'delete', object: `secret of client ${id}`, id: before.secrets[0]?.hint },
    ]);
    expect(client()).toEqual(before);
    expect(await works()).toBe(true);
  });

  it('a dry run names the secrets and keys of others that --prune would remove, and fails where the run would', async () => {
    const theirs = cli.acme.state.clients.addSecret(client(), 'someone')!;
    const args = ['tenant', 'rotate', 'acme'];
    const removed = async (...more: string[]) =>
      (await cli.dryRun([...args, ...more])).filter(({ action }) => action === 'delete').map(({ id }) => id);
    expect(await removed()).not.toContain(theirs.hint);
    expect(await removed('--prune')).toContain(theirs.hint);
    expect(await rotate('--dry-run', '--private-key-jwt')).toMatchObject({ code: 73 });
    while (cli.acme.state.clients.addSecret(client(), 'someone') !== undefined);
    expect(await rotate('--dry-run')).toMatchObject({ code: 73 });
  });

  it('leaves alone a secret that a variable would set again', async () => {
    const env = {
      QLIK_TENANT_ID: 'acme',
      QLIK_TENANT_URL: cli.acme.host,
      QLIK_CLIENT_ID: 'x',
      QLIK_CLIENT_SECRET: 'y',
    };
    const result = await cli.spawn(['tenant', 'rotate', 'acme'], { env });
    expect(result).toMatchObject({ code: 73 });
    expect(result.stderr).toContain('QLIK_CLIENT_SECRET');
  });
});
