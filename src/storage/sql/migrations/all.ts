import type { Migration } from 'kysely/migration';
import { firstTables } from './0001-first-tables.ts';
import { userIdentities } from './0002-user-identities.ts';
import { people } from './0003-people.ts';
import { auditAppendOnly } from './0004-audit-append-only.ts';
import { closedQlikUsers } from './0005-closed-qlik-users.ts';

/** In the order of their names, forward only. What has been released is never changed: add another. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-user-identities': userIdentities,
  '0003-people': people,
  '0004-audit-append-only': auditAppendOnly,
  '0005-closed-qlik-users': closedQlikUsers,
};
