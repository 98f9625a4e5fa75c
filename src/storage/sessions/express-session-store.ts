import { callbackify } from 'node:util';
import session, { type SessionData } from 'express-session';

/** What a database does for sessions. */
export interface SessionOperations {
  /** The live session; undefined once it has ended or expired. */
  readonly find: (sessionId: string) => Promise<SessionData | undefined>;
  /** Never brings back a session that was ended. */
  readonly save: (sessionId: string, data: SessionData) => Promise<void>;
  readonly end: (sessionId: string) => Promise<void>;
  /** Moves the expiry of a session, and leaves its data as it is. */
  readonly touch: (sessionId: string, data: SessionData) => Promise<void>;
}

type Done = (error?: unknown) => void;
type Found = (error: unknown, session?: SessionData) => void;
const ignore: Done = () => {};

/** express-session's store, by callbacks, over operations that return promises. */
export class SessionStore extends session.Store {
  // Converted once: a conversion costs more than reading a session.
  readonly #find: (sessionId: string, done: Found) => void;
  readonly #save: (sessionId: string, data: SessionData, done: Done) => void;
  readonly #end: (sessionId: string, done: Done) => void;
  readonly #touch: (sessionId: string, data: SessionData, done: Done) => void;

  constructor({ find, save, end, touch }: SessionOperations) {
    super();
    this.#find = callbackify(find);
    this.#save = callbackify(save);
    this.#end = callbackify(end);
    this.#touch = callbackify(touch);
  }

  override get(sessionId: string, done: Found): void {
    this.#find(sessionId, done);
  }

  override set(sessionId: string, data: SessionData, done: Done = ignore): void {
    this.#save(sessionId, data, done);
  }

  override destroy(sessionId: string, done: Done = ignore): void {
    this.#end(sessionId, done);
  }

  override touch(sessionId: string, data: SessionData, done: Done = ignore): void {
    this.#touch(sessionId, data, done);
  }
}

/** ms since the epoch; a cookie without an end of its own lasts as long as a session may. */
export function expiryOf({ cookie }: SessionData, now: number, longestLifeMs: number): number {
  return cookie.expires ? new Date(cookie.expires).getTime() : now + longestLifeMs;
}
