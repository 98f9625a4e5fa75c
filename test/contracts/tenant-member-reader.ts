import { beforeEach, describe, expect, test } from 'vitest';
import { newAccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { revealed, tenantOf, userOf, type OpenStorage, type StorageUnderTest } from './storage-under-test.ts';

export function tenantMemberReaderContract(open: OpenStorage): void {
  describe('tenant member reader', () => {
    let kept: StorageUnderTest;
    beforeEach(async () => {
      kept = await open();
    });

    test('reads each account with its own tenant', async () => {
      const { tenants, accounts, tenantMembers } = kept.storage;
      const [acme, globex] = [tenantOf('acme'), tenantOf('globex')];
      const [ofAcme, ofGlobex] = [userOf('acme'), userOf('globex', { name: 'globex' })];
      for (const tenant of [acme, globex]) await tenants.save(tenant);
      for (const user of [ofAcme, ofGlobex]) await accounts.save(user);
      // Twice: the second time from what the reader remembers.
      for (let round = 0; round < 2; round += 1) {
        expect(revealed(await tenantMembers.find(ofAcme.id))).toEqual(
          revealed({ account: ofAcme, tenant: acme }),
        );
        expect(revealed(await tenantMembers.find(ofGlobex.id))).toEqual(
          revealed({ account: ofGlobex, tenant: globex }),
        );
      }
    });

    test('reads what another replica has just changed: status, tenant, mapping, secret', async () => {
      const { tenants, accounts, tenantMembers } = kept.storage;
      const other = await kept.reopen();
      const user = userOf('acme');
      await tenants.save(tenantOf('acme'));
      await tenants.save(tenantOf('globex'));
      await accounts.save(user);
      await tenantMembers.find(user.id);

      await other.accounts.save({ ...user, status: 'disabled' });
      expect((await tenantMembers.find(user.id))?.account.status).toBe('disabled');
      await other.accounts.save({ ...user, qlikUser: null });
      expect((await tenantMembers.find(user.id))?.account.qlikUser).toBeNull();
      await other.tenants.save(tenantOf('acme', { status: 'disabled' }));
      expect((await tenantMembers.find(user.id))?.tenant.status).toBe('disabled');
      const rotated = tenantOf('acme', {
        impersonation: {
          clientId: 'c',
          authentication: { method: 'client_secret', secret: new Secret('new') },
        },
      });
      await other.tenants.save(rotated);
      expect(revealed((await tenantMembers.find(user.id))?.tenant)).toEqual(revealed(rotated));
      await other.accounts.save({ ...user, tenantId: tenantOf('globex').id });
      expect((await tenantMembers.find(user.id))?.tenant.id).toBe('globex');
    });

    test('finds no account that was removed or never existed', async () => {
      const { tenants, accounts, tenantMembers } = kept.storage;
      const user = userOf('acme');
      await tenants.save(tenantOf('acme'));
      await accounts.save(user);
      await accounts.remove(user.id);
      expect(await tenantMembers.find(user.id)).toBeUndefined();
      expect(await tenantMembers.find(newAccountId())).toBeUndefined();
    });
  });
}
