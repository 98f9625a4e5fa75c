import { PostgresAdapter, sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Belongs to no table: a backup of single tables lacks it. */
const REFUSE_AUDIT_CHANGE = `
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are never changed';
end $$`;

/** Audit events cannot be changed, not even with the portal's credentials; only deleted after their retention. */
export const auditAppendOnly: Migration = {
  async up(db: Kysely<unknown>) {
    if (db.getExecutor().adapter instanceof PostgresAdapter) {
      await sql.raw(REFUSE_AUDIT_CHANGE).execute(db);
      await sql`
        create trigger audit_events_append_only before update on audit_events
        for each statement execute function refuse_audit_change()`.execute(db);
      return;
    }
    await sql`
      create trigger audit_events_append_only before update on audit_events
      begin
        select raise(abort, 'audit events are never changed');
      end`.execute(db);
  },
};
