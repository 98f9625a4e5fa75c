import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorkshop, type Workshop } from './support/portal-command.ts';

let shop: Workshop;
let userId: string;

beforeEach(async () => {
  shop = await openWorkshop();
  userId = shop.acme.state.users.add({ subject: 'idp|analyst', name: 'Analyst', assignedRoles: [] })!.id;
  const args = ['tenant', 'provision', 'acme', '--host', shop.acme.host, '--management', 'keep'];
  await shop.here(args.concat(await shop.admin()));
});
afterEach(() => shop[Symbol.asyncDispose]());

const client = () =>
  shop.acme.state.clients.all().find(({ description }) => description.includes('client of acme'))!;
const hints = () => client().secrets.map(({ hint }) => hint);
const rotate = (...more: string[]) =>
  shop.here(['tenant', 'rotate', 'acme', '--user', userId, '--grace', '0', ...more]);
const works = async () => {
  const verified = await shop.here(['tenant', 'verify', 'acme', '--user', userId, '--json']);
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
    shop.acme.state.faults.add({ kind: 'disabled-user', match: { userId }, times: 1 });
    shop.acme.state.faults.add({
      kind: 'disabled-user',
      match: { grant: 'urn:qlik:oauth:user-impersonation' },
      times: 1,
    });
    expect(await rotate()).toMatchObject({ code: 77 });
    shop.acme.state.faults.clear();
    expect(hints()).toEqual(before);
    expect(await works()).toBe(true);
  });

  it('leaves secrets of others alone and names them; --prune removes them', async () => {
    const { hint } = shop.acme.state.clients.addSecret(client(), 'someone')!;
    const kept = await rotate();
    expect(kept.stdout).toContain(hint);
    expect(hints()).toContain(hint);
    expect(hints()).toHaveLength(2);
    expect(await rotate('--prune')).toMatchObject({ code: 0 });
    expect(hints()).toHaveLength(1);
    expect(await works()).toBe(true);
  });

  it('says what to do at the limit of five secrets, and does it when told', async () => {
    while (shop.acme.state.clients.addSecret(client(), 'someone') !== undefined);
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
    shop.acme.state.faults.add({
      kind: 'disabled-user',
      match: { grant: 'urn:qlik:oauth:user-impersonation' },
      times: 1,
    });
    expect(await rotate('--private-key-jwt')).toMatchObject({ code: 77 });
    shop.acme.state.faults.clear();
    expect(client()).toMatchObject({ allowedAuthMethods: ['client_secret'], publicKeys: [] });
    expect(await works()).toBe(true);
  });

  it('does not lock out other holders of a secret without a word', async () => {
    shop.acme.state.clients.addSecret(client(), 'someone');
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

  it.each([[], ['--private-key-jwt'], ['--client-secret']])(
    'changes nothing in a dry run %j',
    async (...options) => {
      const before = structuredClone(client());
      const result = await rotate('--dry-run', ...options);
      expect(result).toMatchObject({ code: 0 });
      expect(result.stdout).toContain('/oauth/token');
      expect(result.stdout).not.toContain('PRIVATE');
      expect(client()).toEqual(before);
      expect(await works()).toBe(true);
    },
  );

  it('leaves alone a secret that a variable would set again', async () => {
    const env = {
      QLIK_TENANT_ID: 'acme',
      QLIK_TENANT_URL: shop.acme.host,
      QLIK_CLIENT_ID: 'x',
      QLIK_CLIENT_SECRET: 'y',
    };
    const result = await shop.run(['tenant', 'rotate', 'acme'], { env });
    expect(result).toMatchObject({ code: 73 });
    expect(result.stderr).toContain('QLIK_CLIENT_SECRET');
  });
});
