import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type {
  AuditEvent,
  AuditFilter,
  AuditLog,
  AuditTrail,
  RecordedAuditEvent,
} from '../../../domain/ports/audit-log.ts';
import { createEventIds } from './event-ids.ts';
import { parseJsonColumn } from '../json-column.ts';
import type { AuditEventRow, Schema, SqlDeps } from '../schema.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;
/** In one statement: a day's events of a busy portal would outlast the time that a statement may take. */
const REMOVED_AT_ONCE = 1_000;

export function createAuditLog({ db, clock }: SqlDeps): AuditLog & AuditTrail {
  const nextEvent = createEventIds(clock);
  return {
    async append(event) {
      await db
        .insertInto('audit_events')
        .values({ ...nextEvent(), ...eventToRow(event) })
        .execute();
    },

    async read(filter) {
      const rows = await matching(db, filter)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(Math.min(filter.limit ?? DEFAULT_PAGE, LARGEST_PAGE))
        .execute();
      return rows.map(eventFromRow);
    },

    async removeBefore(at) {
      let removed = 0;
      for (;;) {
        const batch = await removeSome(db, at);
        removed += batch;
        if (batch < REMOVED_AT_ONCE) return removed;
        // SQLite works on this very thread: let others have it in between.
        await setImmediate();
      }
    },
  };
}

async function removeSome(db: Kysely<Schema>, before: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('audit_events')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('audit_events')
        .select('id')
        .where('at', '<', before)
        .orderBy('at')
        .orderBy('id')
        .limit(REMOVED_AT_ONCE),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

function matching(db: Kysely<Schema>, filter: AuditFilter) {
  const { tenantId, userId, actor, action, result, address, requestId, since, until, before } = filter;
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where((eb) =>
      eb.and([
        ...(tenantId === undefined ? [] : [eb('tenant_id', '=', tenantId)]),
        ...(userId === undefined ? [] : [eb('user_id', '=', userId)]),
        ...(actor === undefined ? [] : [eb('actor', '=', actor)]),
        ...(action === undefined ? [] : [eb('action', '=', action)]),
        ...(result === undefined ? [] : [eb('result', '=', result)]),
        ...(address === undefined ? [] : [eb('address', '=', address)]),
        ...(requestId === undefined ? [] : [eb('request_id', '=', requestId)]),
        ...(since === undefined ? [] : [eb('at', '>=', since)]),
        ...(until === undefined ? [] : [eb('at', '<', until)]),
        ...(before === undefined ? [] : [eb(eb.refTuple('at', 'id'), '<', eb.tuple(before.at, before.id))]),
      ]),
    );
}

function eventToRow(event: AuditEvent): Omit<AuditEventRow, 'id' | 'at'> {
  return {
    action: event.action,
    result: event.result,
    actor: event.actor,
    tenant_id: event.tenantId ?? null,
    user_id: event.userId ?? null,
    address: event.address ?? null,
    request_id: event.requestId ?? null,
    detail: event.detail ? JSON.stringify(event.detail) : null,
  };
}

// Not z.record(): it leaves out a key named __proto__, and what was recorded has to come back as it was.
const detail = z.custom<NonNullable<AuditEvent['detail']>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

function eventFromRow(row: AuditEventRow): RecordedAuditEvent {
  return {
    id: row.id,
    at: row.at,
    action: row.action,
    result: row.result === 'ok' ? 'ok' : 'failed',
    actor: row.actor,
    ...(row.tenant_id !== null && { tenantId: row.tenant_id }),
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.address !== null && { address: row.address }),
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.detail !== null && { detail: parseJsonColumn(detail, row.detail, 'audit_events.detail') }),
  };
}
