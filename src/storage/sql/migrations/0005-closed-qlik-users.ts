import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const closedQlikUsers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('users').addColumn('closed_qlik_user', 'text').execute();
  },
};
