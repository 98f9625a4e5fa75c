import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const firstTables: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('tenants')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('active', 'disabled')`))
      .addColumn('impersonation', 'text')
      .addColumn('management', 'text')
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('embed', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('users')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('email', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      // No cascade: the accounts of a tenant are removed explicitly before it.
      .addColumn('tenant_id', 'text', (column) => column.notNull().references('tenants.id'))
      .addColumn('qlik_field', 'text', (column) => column.check(sql`qlik_field in ('userId', 'subject')`))
      .addColumn('qlik_value', 'text')
      .addColumn('groups', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('active', 'disabled')`))
      .addColumn('password_hash', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('users_by_tenant').on('users').column('tenant_id').execute();

    // No foreign keys: a session may outlive its account by a moment, and is refused then.
    await db.schema
      .createTable('sessions')
      .addColumn('sid_hash', 'text', (column) => column.primaryKey().notNull())
      .addColumn('user_id', 'text')
      .addColumn('tenant_id', 'text')
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .execute();
    await db.schema.createIndex('sessions_by_user').on('sessions').column('user_id').execute();
    await db.schema.createIndex('sessions_by_tenant').on('sessions').column('tenant_id').execute();
    await db.schema.createIndex('sessions_by_expiry').on('sessions').column('expires_at').execute();

    // No foreign keys here either: the record of actions outlives the account.
    await db.schema
      .createTable('audit_events')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('result', 'text', (column) => column.notNull().check(sql`result in ('ok', 'failed')`))
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('tenant_id', 'text')
      .addColumn('user_id', 'text')
      .addColumn('address', 'text')
      .addColumn('request_id', 'text')
      .addColumn('detail', 'text')
      .execute();
    const events = (name: string) => db.schema.createIndex(name).on('audit_events');
    await events('audit_events_by_time').columns(['at', 'id']).execute();
    await events('audit_events_by_tenant').columns(['tenant_id', 'at', 'id']).execute();
    await events('audit_events_by_user').columns(['user_id', 'at', 'id']).execute();
  },
};
