import { accountStoresContract } from './account-stores.ts';
import { auditLogContract } from './audit-log.ts';
import { identityStoreContract } from './identity-store.ts';
import { sessionStoreContract, sessionSweepContract } from './session-store.ts';
import type { OpenStorage } from './storage-under-test.ts';
import { storedTextContract } from './stored-text.ts';
import { tenantMemberReaderContract } from './tenant-member-reader.ts';
import { tenantStoreContract } from './tenant-store.ts';
import { accountStoreContract } from './account-store.ts';

/** What every database has to keep. */
export function storageContracts(open: OpenStorage): void {
  tenantStoreContract(open);
  accountStoreContract(open);
  tenantMemberReaderContract(open);
  identityStoreContract(open);
  accountStoresContract(open);
  sessionStoreContract(open);
  sessionSweepContract(open);
  auditLogContract(open);
  storedTextContract(open);
}
