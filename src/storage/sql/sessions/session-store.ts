import { callbackify } from 'node:util';
import session, { type SessionData } from 'express-session';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../runtime/clock.ts';
import { hashSessionId } from '../../session-data.ts';
import type { RowReader } from '../row-reader.ts';
import type { Schema } from '../schema.ts';
import { holderColumns, sessionFromRow } from './session-rows.ts';

const HOUR_MS = 3_600_000;
const TOUCH_INTERVAL_MS = 60_000;

export interface SessionStoreOptions {
  readonly db: Kysely<Schema>;
  readonly rows: RowReader;
  readonly clock: Clock;
  /** How long a session lasts whose cookie has no end of its own, in ms; 12 hours unless told. */
  readonly defaultLifetimeMs?: number;
}

type Done = (error?: unknown) => void;
const ignore: Done = () => {};

/**
 * express-session's store over SQL.
 *
 * A session that was ended stays ended: `destroy` leaves a mark, so that a request which had loaded the session
 * before cannot bring it back by saving it afterwards.
 */
export class SqlSessionStore extends session.Store {
  readonly #db: Kysely<Schema>;
  readonly #rows: RowReader;
  readonly #clock: Clock;
  readonly #defaultLifetimeMs: number;
  readonly #liveSession: ReturnType<typeof liveSession>;
  /** When a session was last written here, by the hash of its id: spares `touch` most of its writes. */
  readonly #writtenAt = new LRUCache<string, number>({ maxSize: 50_000, sizeCalculation: () => 1 });

  /** Made once: making one costs more than reading a session. */
  readonly #calledBack = {
    find: callbackify((sid: string) => this.#find(sid)),
    save: callbackify((sid: string, data: SessionData) => this.#save(sid, data)),
    end: callbackify((sid: string) => this.#end(sid)),
    touch: callbackify((sid: string, data: SessionData) => this.#touch(sid, data)),
  };

  constructor({ db, rows, clock, defaultLifetimeMs = 12 * HOUR_MS }: SessionStoreOptions) {
    super();
    this.#db = db;
    this.#rows = rows;
    this.#liveSession = liveSession(db);
    this.#clock = clock;
    this.#defaultLifetimeMs = defaultLifetimeMs;
  }

  override get(sid: string, callback: (error: unknown, found?: SessionData) => void): void {
    this.#calledBack.find(sid, callback);
  }

  override set(sid: string, data: SessionData, callback: Done = ignore): void {
    this.#calledBack.save(sid, data, callback);
  }

  override destroy(sid: string, callback: Done = ignore): void {
    this.#calledBack.end(sid, callback);
  }

  /** Moves the end of the session, at most once a minute: the idle limit is exact to a minute. */
  override touch(sid: string, data: SessionData, callback: Done = ignore): void {
    this.#calledBack.touch(sid, data, callback);
  }

  /** Deletes what is past its end; returns how many rows. */
  async sweep(): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('expires_at', '<=', this.#clock.now())
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  async #find(sid: string): Promise<SessionData | undefined> {
    const row = await this.#rows.first(this.#liveSession, [hashSessionId(sid), this.#clock.now()]);
    return row && sessionFromRow(row);
  }

  async #save(sid: string, data: SessionData): Promise<void> {
    const now = this.#clock.now();
    const sidHash = hashSessionId(sid);
    const columns = {
      ...holderColumns(data),
      data: JSON.stringify(data),
      expires_at: this.#endOf(data),
      last_seen_at: now,
    };
    await this.#db
      .insertInto('sessions')
      .values({ sid_hash: sidHash, ...columns, created_at: now, ended_at: null })
      .onConflict((conflict) =>
        conflict.column('sid_hash').doUpdateSet(columns).where('sessions.ended_at', 'is', null),
      )
      .execute();
    this.#writtenAt.set(sidHash, now);
  }

  async #end(sid: string): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ ended_at: this.#clock.now(), data: '' })
      .where('sid_hash', '=', hashSessionId(sid))
      .where('ended_at', 'is', null)
      .execute();
  }

  async #touch(sid: string, data: SessionData): Promise<void> {
    const now = this.#clock.now();
    const sidHash = hashSessionId(sid);
    const due = now - TOUCH_INTERVAL_MS;
    if ((this.#writtenAt.get(sidHash) ?? 0) > due) return;
    await this.#db
      .updateTable('sessions')
      .set({ expires_at: this.#endOf(data), last_seen_at: now })
      .where('sid_hash', '=', sidHash)
      .where('ended_at', 'is', null)
      // Another process may have written it meanwhile.
      .where('last_seen_at', '<=', due)
      .execute();
    this.#writtenAt.set(sidHash, now);
  }

  #endOf({ cookie }: SessionData): number {
    return cookie.expires ? new Date(cookie.expires).getTime() : this.#clock.now() + this.#defaultLifetimeMs;
  }
}

function liveSession(db: Kysely<Schema>) {
  return db
    .selectFrom('sessions')
    .select(['data', 'expires_at'])
    .where('sid_hash', '=', 'SID_HASH')
    .where('expires_at', '>', 0)
    .where('ended_at', 'is', null)
    .compile();
}
