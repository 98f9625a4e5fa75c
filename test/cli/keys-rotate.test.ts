import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { composePortal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { openCliHarness, type CliHarness } from './support/cli-harness.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

async function provisioned(): Promise<CliHarness> {
  const cli = await openCliHarness(['acme', 'globex']);
  for (const tenant of cli.region.tenants) {
    const args = ['tenant', 'provision', tenant.name, '--host', tenant.host, '--management', 'create'];
    await cli.run(args.concat(await cli.managementOptions(tenant)));
  }
  return cli;
}

/** Names of the tenants whose secrets a portal with these keys can use. */
async function usableWith(cli: CliHarness, keys: string): Promise<string[]> {
  await using portal = await disposable(cli, keys);
  const usable: string[] = [];
  for (const tenant of await portal.storage.tenants.list()) {
    for (const client of [tenant.impersonation!, tenant.management!]) {
      await portal.qlik.oauth.clientCredentials({ host: tenant.host, client, scopes: ['user_default'] });
    }
    usable.push(tenant.id);
  }
  return usable;
}

async function disposable(cli: CliHarness, keys: string) {
  const config = parseConfig({ ...cli.environment, ENCRYPTION_KEYS: keys }, () => '');
  const portal = await composePortal(config, { log: quiet });
  return Object.assign(portal, { [Symbol.asyncDispose]: () => portal.close() });
}

describe('portal keys rotate', () => {
  it('encrypts everything anew; until then both keys read, afterwards the new one alone', async () => {
    await using cli = await provisioned();
    const old = cli.environment['ENCRYPTION_KEYS']!;
    const fresh = newKey('fresh');
    const both = `${fresh},${old}`;
    expect(await usableWith(cli, both)).toEqual(['acme', 'globex']);
    await expect(usableWith(cli, fresh)).rejects.toMatchObject({ code: 'encryption_key_missing' });
    const result = await cli.spawn(['keys', 'rotate'], { env: { ENCRYPTION_KEYS: both } });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('key fresh: 4 secrets encrypted again, 0 used it already');
    expect(await usableWith(cli, fresh)).toEqual(['acme', 'globex']);
    const again = await cli.spawn(['keys', 'rotate', '--json'], { env: { ENCRYPTION_KEYS: fresh } });
    expect(JSON.parse(again.stdout)).toEqual({ keyId: 'fresh', resealed: 0, current: 4, failed: [] });
  });

  it('goes on where it stopped, and everything can be read at every moment', async () => {
    await using cli = await provisioned();
    const both = `${newKey('fresh')},${cli.environment['ENCRYPTION_KEYS']}`;
    const seen: string[] = [];
    for (let stopAfter = 1; stopAfter <= 4; stopAfter++) {
      await using portal = await disposable(cli, both);
      for await (const { status } of portal.storage.sealedSecrets.reseal()) {
        if (status === 'resealed') break;
      }
      seen.push((await usableWith(cli, both)).join());
    }
    expect(new Set(seen)).toEqual(new Set(['acme,globex']));
    const rest = await cli.spawn(['keys', 'rotate', '--json'], { env: { ENCRYPTION_KEYS: both } });
    expect(JSON.parse(rest.stdout)).toMatchObject({ resealed: 0, current: 4 });
  });

  it('never overwrites a secret that is rotated meanwhile', async () => {
    await using cli = await provisioned();
    const both = `${newKey('fresh')},${cli.environment['ENCRYPTION_KEYS']}`;
    await using portal = await disposable(cli, both);
    const running = portal.storage.sealedSecrets.reseal()[Symbol.asyncIterator]();
    await running.next();
    expect(
      await cli.spawn(['tenant', 'rotate', 'globex', '--grace', '0'], { env: { ENCRYPTION_KEYS: both } }),
    ).toMatchObject({ code: 0 });
    while (!(await running.next()).done);
    expect(await usableWith(cli, both)).toEqual(['acme', 'globex']);
  });

  it('names what no key opens, and does the rest', async () => {
    await using cli = await provisioned();
    const stranger = newKey('stranger');
    const env = { ENCRYPTION_KEYS: `${stranger},${cli.environment['ENCRYPTION_KEYS']}` };
    const args = ['tenant', 'provision', 'third', '--host', cli.acme.host];
    await cli.spawn(args.concat(await cli.managementOptions()), { env });
    const fresh = `${newKey('fresh')},${cli.environment['ENCRYPTION_KEYS']}`;
    const result = await cli.spawn(['keys', 'rotate'], { env: { ENCRYPTION_KEYS: fresh } });
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toContain('no configured key decrypts: third (impersonation)');
    expect(result.stdout).toContain('4 secrets encrypted again');
  });

  it('is in the audit log', async () => {
    await using cli = await provisioned();
    await cli.run(['keys', 'rotate']);
    const [event] = await (await cli.portal()).storage.audit.read({ limit: 1 });
    expect(event).toMatchObject({
      action: 'keys.rotate',
      actor: 'ops:tester',
      detail: { keyId: 'test', current: 4 },
    });
  });
});
