import { z } from 'zod';
import type { QlikMappingStore } from '../../../domain/ports/qlik-mapping-store.ts';
import { parseJsonColumn } from '../json-column.ts';
import type { SqlDeps } from '../schema.ts';

const groupNames = z.array(z.string());

export function createQlikMappingStore({ db, clock }: SqlDeps): QlikMappingStore {
  return {
    async replace(userId, { from, to }) {
      const { numUpdatedRows } = await db
        .updateTable('users')
        .set({ qlik_field: to?.field ?? null, qlik_value: to?.value ?? null, updated_at: clock.now() })
        .where('id', '=', userId)
        .where((eb) =>
          from === null
            ? eb('qlik_value', 'is', null)
            : eb.and([eb('qlik_field', '=', from.field), eb('qlik_value', '=', from.value)]),
        )
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async givenGroups(userId) {
      const row = await db
        .selectFrom('users')
        .select('given_groups')
        .where('id', '=', userId)
        .executeTakeFirst();
      return row === undefined ? [] : parseJsonColumn(groupNames, row.given_groups, 'users.given_groups');
    },

    async setGivenGroups(userId, groups) {
      await db
        .updateTable('users')
        .set({ given_groups: JSON.stringify(groups) })
        .where('id', '=', userId)
        .execute();
    },

    async closedUser(userId) {
      const row = await db
        .selectFrom('users')
        .select('closed_qlik_user')
        .where('id', '=', userId)
        .executeTakeFirst();
      return row?.closed_qlik_user ?? undefined;
    },

    async setClosedUser(userId, qlikUserId) {
      await db.updateTable('users').set({ closed_qlik_user: qlikUserId }).where('id', '=', userId).execute();
    },
  };
}
