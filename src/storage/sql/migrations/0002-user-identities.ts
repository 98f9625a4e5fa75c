import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const userIdentities: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('user_identities')
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('user_identities_pk', ['issuer', 'subject'])
      .execute();
    await db.schema.createIndex('user_identities_by_user').on('user_identities').column('user_id').execute();

    // Of the identity provider that vouched for the holder: it may end the session.
    await db.schema.alterTable('sessions').addColumn('sso_provider', 'text').execute();
    await db.schema.alterTable('sessions').addColumn('sso_sid', 'text').execute();
    await db.schema
      .createIndex('sessions_by_sso')
      .on('sessions')
      .columns(['sso_provider', 'sso_sid'])
      .execute();
  },
};
