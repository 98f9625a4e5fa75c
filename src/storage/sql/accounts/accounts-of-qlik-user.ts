import type { Kysely } from 'kysely';
import type { AccountId, TenantId } from '../../../domain/model/ids.ts';
import type { QlikUserRef } from '../../../domain/model/account.ts';
import type { Schema } from '../schema.ts';
import { accountIdFrom } from './account-rows.ts';

/** The accounts of a tenant that speak for a Qlik user. */
export function createAccountsOfQlikUser(db: Kysely<Schema>) {
  return async (who: { tenantId: TenantId; qlikUser: QlikUserRef }): Promise<readonly AccountId[]> => {
    const rows = await db
      .selectFrom('users')
      .select('id')
      .where('tenant_id', '=', who.tenantId)
      .where('qlik_field', '=', who.qlikUser.field)
      .where('qlik_value', '=', who.qlikUser.value)
      .execute();
    return rows.map(({ id }) => accountIdFrom(id));
  };
}
