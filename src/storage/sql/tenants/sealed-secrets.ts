import type { Kysely } from 'kysely';
import { hasCode } from '../../../domain/errors.ts';
import type { ResealedSecret, SealedSecrets } from '../../../domain/ports/sealed-secrets.ts';
import type { Sealer } from '../../sealing.ts';
import { resealedColumn } from './client-columns.ts';
import type { Schema } from '../schema.ts';
import { CLIENT_COLUMNS, placeOf } from './tenant-rows.ts';

interface Parts {
  readonly db: Kysely<Schema>;
  readonly sealer: Sealer;
  readonly keyId: string;
}

export function createSealedSecrets({ db, sealer, keyId }: Parts): SealedSecrets {
  async function resealed(
    id: string,
    column: (typeof CLIENT_COLUMNS)[number],
  ): Promise<ResealedSecret['status'] | undefined> {
    const row = await db
      .selectFrom('tenants')
      .select(['id', 'host', column])
      .where('id', '=', id)
      .executeTakeFirst();
    const before = row?.[column];
    if (row === undefined || before === undefined || before === null) return undefined;
    const after = resealedColumn(before, sealer, placeOf(row, column));
    if (after === undefined) return 'current';
    // Only what was read is replaced: a rotation that came in between wins, and was sealed with the new key.
    await db
      .updateTable('tenants')
      .set({ [column]: after })
      .where('id', '=', id)
      .where(column, '=', before)
      .execute();
    return 'resealed';
  }

  return {
    keyId,
    async *reseal() {
      const rows = await db.selectFrom('tenants').select('id').orderBy('id').execute();
      for (const { id } of rows) {
        for (const column of CLIENT_COLUMNS) {
          const status = await resealed(id, column).catch((error: unknown) => {
            if (hasCode(error, 'encryption_key_missing', 'stored_secret_unreadable'))
              return 'failed' as const;
            throw error;
          });
          if (status !== undefined) yield { tenantId: id, column, status };
        }
      }
    },
  };
}
