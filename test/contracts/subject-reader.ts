import { beforeEach, describe, expect, test } from 'vitest';
import { newPortalUserId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { revealed, tenantOf, userOf, type OpenStorage, type StorageUnderTest } from './storage-under-test.ts';

export function subjectReaderContract(open: OpenStorage): void {
  describe('subject reader', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
    });

    test('reads each account with its own tenant', async () => {
      const { tenants, users, subjects } = kept.storage;
      const [acme, globex] = [tenantOf('acme'), tenantOf('globex')];
      const [ofAcme, ofGlobex] = [userOf('acme'), userOf('globex', { name: 'globex' })];
      for (const tenant of [acme, globex]) await tenants.save(tenant);
      for (const user of [ofAcme, ofGlobex]) await users.save(user);
      // Twice: the second time from what the reader remembers.
      for (let round = 0; round < 2; round += 1) {
        expect(revealed(await subjects.find(ofAcme.id))).toEqual(revealed({ user: ofAcme, tenant: acme }));
        expect(revealed(await subjects.find(ofGlobex.id))).toEqual(
          revealed({ user: ofGlobex, tenant: globex }),
        );
      }
    });

    test('sees the next moment what another replica changed: status, tenant, link, secret', async () => {
      const { tenants, users, subjects } = kept.storage;
      const other = await kept.reopen();
      const user = userOf('acme');
      await tenants.save(tenantOf('acme'));
      await tenants.save(tenantOf('globex'));
      await users.save(user);
      await subjects.find(user.id);

      await other.users.save({ ...user, status: 'disabled' });
      expect((await subjects.find(user.id))?.user.status).toBe('disabled');
      await other.users.save({ ...user, qlikUser: null });
      expect((await subjects.find(user.id))?.user.qlikUser).toBeNull();
      await other.tenants.save(tenantOf('acme', { status: 'disabled' }));
      expect((await subjects.find(user.id))?.tenant.status).toBe('disabled');
      const rotated = tenantOf('acme', {
        impersonation: {
          clientId: 'c',
          authentication: { method: 'client_secret', secret: new Secret('new') },
        },
      });
      await other.tenants.save(rotated);
      expect(revealed((await subjects.find(user.id))?.tenant)).toEqual(revealed(rotated));
      await other.users.save({ ...user, tenantId: tenantOf('globex').id });
      expect((await subjects.find(user.id))?.tenant.id).toBe('globex');
    });

    test('finds nobody who is gone or never was', async () => {
      const { tenants, users, subjects } = kept.storage;
      const user = userOf('acme');
      await tenants.save(tenantOf('acme'));
      await users.save(user);
      await users.remove(user.id);
      expect(await subjects.find(user.id)).toBeUndefined();
      expect(await subjects.find(newPortalUserId())).toBeUndefined();
    });
  });
}
