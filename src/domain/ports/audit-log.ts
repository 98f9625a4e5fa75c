import type { RequestSource } from '../model/request-source.ts';

export interface AuditEvent extends Partial<RequestSource> {
  readonly action: string;
  readonly result: 'ok' | 'failed';
  /** Who did it: a portal user id, or `ops:NAME` for the command line. */
  readonly actor: string;
  readonly tenantId?: string;
  readonly userId?: string;
  /** Small, flat, no secrets. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Append-only. */
export interface AuditLog {
  append(event: AuditEvent): Promise<void>;
}

/** An event as it was kept. */
export interface RecordedAuditEvent extends AuditEvent {
  readonly id: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** All that are given must hold. */
export interface AuditFilter {
  readonly tenantId?: string;
  readonly userId?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly result?: AuditEvent['result'];
  readonly address?: string;
  readonly requestId?: string;
  /** ms since the epoch, inclusive. */
  readonly since?: number;
  /** ms since the epoch, exclusive. */
  readonly until?: number;
  /** The last event of the page before this one. */
  readonly before?: Pick<RecordedAuditEvent, 'at' | 'id'>;
  /** Events at most, 100 unless told, never more than 1,000. */
  readonly limit?: number;
}

/** What ops do with the audit log: read it, newest first, and let go of what is past its retention. */
export interface AuditTrail {
  read(filter: AuditFilter): Promise<readonly RecordedAuditEvent[]>;
  /** Returns how many events went. */
  removeBefore(at: number): Promise<number>;
}
