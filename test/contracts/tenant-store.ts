import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/model/secret.ts';
import type { OAuthClientCredentials } from '../../src/domain/model/tenant.ts';
import {
  encryptionKey,
  revealed,
  tenantId,
  tenantOf,
  userOf,
  type OpenStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

const ACME = tenantId('acme');

function client(secret: string): OAuthClientCredentials {
  return {
    clientId: 'globex-client',
    authentication: { method: 'client_secret', secret: new Secret(secret) },
  };
}

export function tenantStoreContract(open: OpenStorage): void {
  describe('tenant store', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
    });

    const full = tenantOf('acme', {
      management: {
        clientId: 'acme-admin',
        authentication: {
          method: 'private_key_jwt',
          keyId: 'key-1',
          algorithm: 'ES384',
          privateKey: new Secret('-----BEGIN PRIVATE KEY-----\nMIG…\n-----END PRIVATE KEY-----\n'),
        },
      },
      scopes: ['user_default', 'apps:read'],
      embed: {
        appId: 'app-1',
        sheets: [{ id: 's1', title: 'Sales' }],
        objects: [{ id: 'o1', title: 'KPI' }],
      },
    });
    const bare = tenantOf('globex', { impersonation: null, scopes: [], status: 'disabled' });

    test.each([
      ['with everything', full],
      ['with nothing yet', bare],
    ])('gives a tenant %s back as it was saved, also after a restart', async (_name, tenant) => {
      await kept.storage.tenants.save(tenant);
      expect(revealed(await kept.storage.tenants.find(tenant.id))).toEqual(revealed(tenant));
      const again = await kept.reopen();
      expect(revealed(await again.tenants.find(tenant.id))).toEqual(revealed(tenant));
    });

    test('finds no tenant that was not saved', async () => {
      await kept.storage.tenants.save(full);
      expect(await kept.storage.tenants.find(tenantId('acm'))).toBeUndefined();
      expect(await kept.storage.tenants.find(tenantId('acme-2'))).toBeUndefined();
    });

    test('shows a change to another replica that had read the tenant before', async () => {
      const { storage } = kept;
      await storage.tenants.save(full);
      const other = await kept.reopen();
      await other.tenants.find(ACME);
      const rotated = tenantOf('acme', {
        impersonation: {
          clientId: 'acme-client',
          authentication: { method: 'client_secret', secret: new Secret('rotated') },
        },
        status: 'disabled',
      });
      await storage.tenants.save(rotated);
      expect(revealed(await other.tenants.find(ACME))).toEqual(revealed(rotated));
    });

    test('an update changes the named fields only, and undoes no concurrent change', async () => {
      const { tenants } = kept.storage;
      await tenants.save(full);
      await tenants.update(ACME, { status: 'disabled' });
      await tenants.update(ACME, { name: 'Acme', scopes: ['user_default'] });
      await tenants.update(ACME, { embed: null, createQlikUsers: true });
      await tenants.update(ACME, {});
      expect(revealed(await tenants.find(ACME))).toEqual(
        revealed({
          ...full,
          status: 'disabled',
          name: 'Acme',
          scopes: ['user_default'],
          embed: null,
          createQlikUsers: true,
        }),
      );
      await expect(tenants.update(tenantId('nobody'), { name: 'x' })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    test('of concurrent replacements of credentials one succeeds', async () => {
      const { tenants } = kept.storage;
      await tenants.save(bare);
      const { id } = bare;
      const attempts = ['one', 'two', 'three'].map((secret) => client(secret));
      const outcomes = await Promise.allSettled(
        attempts.map((to) => tenants.replaceCredentials(id, 'impersonation', { from: null, to })),
      );
      const winners = attempts.filter((_each, index) => outcomes[index]!.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      const refusals = outcomes.flatMap((each) =>
        each.status === 'rejected' ? [each.reason as unknown] : [],
      );
      expect(refusals).toMatchObject([{ code: 'conflict' }, { code: 'conflict' }]);
      expect(revealed(await tenants.find(id))).toEqual(revealed({ ...bare, impersonation: winners[0]! }));

      const [from] = winners;
      await tenants.replaceCredentials(id, 'impersonation', { from: from!, to: client('next') });
      const stale = tenants.replaceCredentials(id, 'impersonation', { from: from!, to: client('late') });
      await expect(stale).rejects.toMatchObject({ code: 'conflict' });
      const again = await kept.reopen();
      expect(revealed(await again.tenants.find(id))).toEqual(
        revealed({ ...bare, impersonation: client('next') }),
      );
    });

    test('lists all tenants in the order of their ids', async () => {
      await kept.storage.tenants.save(bare);
      await kept.storage.tenants.save(full);
      expect(revealed(await kept.storage.tenants.list())).toEqual([revealed(full), revealed(bare)]);
    });

    test('removes a tenant, but never one that still has accounts', async () => {
      const { tenants, accounts } = kept.storage;
      await tenants.save(full);
      const user = userOf('acme');
      await accounts.save(user);
      await expect(tenants.remove(ACME)).rejects.toMatchObject({ code: 'conflict' });
      expect(await tenants.find(ACME)).toBeDefined();
      await accounts.remove(user.id);
      await tenants.remove(ACME);
      expect(await tenants.find(ACME)).toBeUndefined();
    });

    test('reads what older encryption keys sealed, and says which key is missing', async () => {
      const [older, newer] = [encryptionKey('2030a'), encryptionKey('2030b')];
      const before = await kept.reopen({ encryptionKeys: [older] });
      await before.tenants.save(full);
      const during = await kept.reopen({ encryptionKeys: [newer, older] });
      expect(revealed(await during.tenants.find(ACME))).toEqual(revealed(full));

      const without = await kept.reopen({ encryptionKeys: [newer] });
      await expect(without.tenants.find(ACME)).rejects.toMatchObject({
        code: 'encryption_key_missing',
        detail: 'key id 2030a',
      });
      await during.tenants.save(full);
      expect(revealed(await without.tenants.find(ACME))).toEqual(revealed(full));
    });
  });
}
