import { PostgresAdapter, sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Belongs to no table: a backup of single tables lacks it. */
const REFUSE_AUDIT_CHANGE = `
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are never changed';
end $$`;

/** What was written down is never changed, whoever has the portal's own credentials. It goes when its time is over. */
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
