import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { composePortal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { openWorkshop, type Workshop } from './support/portal-command.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

async function provisioned(): Promise<Workshop> {
  const shop = await openWorkshop(['acme', 'globex']);
  for (const tenant of shop.region.tenants) {
    const args = ['tenant', 'provision', tenant.name, '--host', tenant.host, '--management', 'create'];
    await shop.here(args.concat(await shop.admin(tenant)));
  }
  return shop;
}

/** Names of the tenants whose secrets a portal with these keys can use. */
async function usableWith(shop: Workshop, keys: string): Promise<string[]> {
  await using portal = await disposable(shop, keys);
  const usable: string[] = [];
  for (const tenant of await portal.storage.tenants.list()) {
    for (const client of [tenant.impersonation!, tenant.management!]) {
      await portal.qlik.oauth.clientCredentials({ host: tenant.host, client, scopes: ['user_default'] });
    }
    usable.push(tenant.id);
  }
  return usable;
}

async function disposable(shop: Workshop, keys: string) {
  const config = parseConfig({ ...shop.environment, ENCRYPTION_KEYS: keys }, () => '');
  const portal = await composePortal(config, { log: quiet });
  return Object.assign(portal, { [Symbol.asyncDispose]: () => portal.close() });
}

describe('portal keys rotate', () => {
  it('encrypts everything anew; until then both keys read, afterwards the new one alone', async () => {
    await using shop = await provisioned();
    const old = shop.environment['ENCRYPTION_KEYS']!;
    const fresh = newKey('fresh');
    const both = `${fresh},${old}`;
    expect(await usableWith(shop, both)).toEqual(['acme', 'globex']);
    await expect(usableWith(shop, fresh)).rejects.toMatchObject({ code: 'encryption_key_missing' });
    const result = await shop.run(['keys', 'rotate'], { env: { ENCRYPTION_KEYS: both } });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('key fresh: 4 secrets encrypted anew, 0 were already');
    expect(await usableWith(shop, fresh)).toEqual(['acme', 'globex']);
    const again = await shop.run(['keys', 'rotate', '--json'], { env: { ENCRYPTION_KEYS: fresh } });
    expect(JSON.parse(again.stdout)).toEqual({ keyId: 'fresh', resealed: 0, current: 4, failed: [] });
  });

  it('goes on where it stopped, and everything can be read at every moment', async () => {
    await using shop = await provisioned();
    const both = `${newKey('fresh')},${shop.environment['ENCRYPTION_KEYS']}`;
    const seen: string[] = [];
    for (let stopAfter = 1; stopAfter <= 4; stopAfter++) {
      await using portal = await disposable(shop, both);
      for await (const { status } of portal.storage.sealedSecrets.reseal()) {
        if (status === 'resealed') break;
      }
      seen.push((await usableWith(shop, both)).join());
    }
    expect(new Set(seen)).toEqual(new Set(['acme,globex']));
    const rest = await shop.run(['keys', 'rotate', '--json'], { env: { ENCRYPTION_KEYS: both } });
    expect(JSON.parse(rest.stdout)).toMatchObject({ resealed: 0, current: 4 });
  });

  it('never overwrites a secret that is rotated meanwhile', async () => {
    await using shop = await provisioned();
    const both = `${newKey('fresh')},${shop.environment['ENCRYPTION_KEYS']}`;
    await using portal = await disposable(shop, both);
    const running = portal.storage.sealedSecrets.reseal()[Symbol.asyncIterator]();
    await running.next();
    expect(
      await shop.run(['tenant', 'rotate', 'globex', '--grace', '0'], { env: { ENCRYPTION_KEYS: both } }),
    ).toMatchObject({ code: 0 });
    while (!(await running.next()).done);
    expect(await usableWith(shop, both)).toEqual(['acme', 'globex']);
  });

  it('names what no key opens, and does the rest', async () => {
    await using shop = await provisioned();
    const stranger = newKey('stranger');
    const env = { ENCRYPTION_KEYS: `${stranger},${shop.environment['ENCRYPTION_KEYS']}` };
    const args = ['tenant', 'provision', 'third', '--host', shop.acme.host];
    await shop.run(args.concat(await shop.admin()), { env });
    const fresh = `${newKey('fresh')},${shop.environment['ENCRYPTION_KEYS']}`;
    const result = await shop.run(['keys', 'rotate'], { env: { ENCRYPTION_KEYS: fresh } });
    expect(result).toMatchObject({ code: 1 });
    expect(result.stdout).toContain('no configured key opens: third (impersonation)');
    expect(result.stdout).toContain('4 secrets encrypted anew');
  });

  it('is in the audit log', async () => {
    await using shop = await provisioned();
    await shop.here(['keys', 'rotate']);
    const [event] = await (await shop.portal()).storage.audit.read({ limit: 1 });
    expect(event).toMatchObject({
      action: 'keys.rotate',
      actor: 'ops:tester',
      detail: { keyId: 'test', current: 4 },
    });
  });
});
