import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const people: Migration = {
  async up(db: Kysely<unknown>) {
    // One row for each account: a newer link takes the place of the older one.
    await db.schema
      .createTable('password_links')
      .addColumn('user_id', 'text', (column) =>
        column.primaryKey().notNull().references('users.id').onDelete('cascade'),
      )
      .addColumn('code_hash', 'text', (column) => column.notNull().unique())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();

    await db.schema
      .alterTable('users')
      .addColumn('given_groups', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute();
    await db.schema
      .alterTable('tenants')
      .addColumn('create_qlik_users', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
