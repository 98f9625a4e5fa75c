import { parseCookie } from 'cookie';
import { unsign } from 'cookie-signature';
import type { Request } from 'express';
import type { SessionData, Store } from 'express-session';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import type { Principal } from '../../domain/model/session.ts';
import { parsePrincipal } from './principal.ts';

export interface FastSessionReadOptions {
  readonly cookieName: string;
  /** All verify. */
  readonly secrets: readonly string[];
  readonly store: Store;
  readonly clock: Clock;
  readonly idleLimitMs: number;
  readonly absoluteLimitMs: number;
}

/** Longer than this after it was last prolonged, a session is due to be prolonged: that only express-session does. */
const PROLONG_AFTER_MS = 60_000;
const MAX_VERIFIED = 10_000;
/** Characters of a header: longer ones are not cached, so that clients cannot fill the memory with padded headers. */
const MAX_REMEMBERED = 1_000;

/**
 * Reads the session without express-session, for routes that change nothing in it: the same cookie, store and limits,
 * without the overhead, which costs more than the rest of a token request. It only accepts: anything not plainly valid
 * is undefined, and express-session decides.
 */
export function createFastSessionRead(options: FastSessionReadOptions) {
  const { cookieName, secrets, store, clock, idleLimitMs, absoluteLimitMs } = options;
  // A signature is verified once. The key is the whole header, so that nothing in it can differ.
  const verified = new LRUCache<string, string>({ max: MAX_VERIFIED });

  function getSession(id: string): Promise<SessionData | undefined> {
    return new Promise((resolve, reject) => {
      store.get(id, (error: unknown, found?: SessionData | null) => {
        // Stores say "no error" with null or undefined.
        if (error === undefined || error === null) resolve(found ?? undefined);
        else reject(error instanceof Error ? error : new Error('the session store failed', { cause: error }));
      });
    });
  }

  // As express-session does: a store that says it is away is not asked.
  let connected = true;
  store.on('disconnect', () => {
    connected = false;
  });
  store.on('connect', () => {
    connected = true;
  });

  function sessionId(req: Request): string | undefined {
    const { cookie } = req.headers;
    if (cookie === undefined) return undefined;
    const known = verified.get(cookie);
    if (known !== undefined) return known;
    const value = parseCookie(cookie)[cookieName];
    if (value === undefined || !value.startsWith('s:')) return undefined;
    const id = secrets.map((secret) => unsign(value.slice(2), secret)).find((each) => each !== false);
    if (id !== undefined && cookie.length <= MAX_REMEMBERED) verified.set(cookie, id);
    return id;
  }

  function isPlainlyAlive({ cookie }: SessionData, { signedInAt }: Principal): boolean {
    const now = clock.now();
    const idleUntil = cookie.expires ? new Date(cookie.expires).getTime() : 0;
    const prolongedAt = idleUntil - idleLimitMs;
    return (
      prolongedAt <= now &&
      now < prolongedAt + Math.min(PROLONG_AFTER_MS, idleLimitMs) &&
      now < signedInAt + absoluteLimitMs
    );
  }

  /** Rejects as the store does. */
  return async function fastSessionRead(req: Request): Promise<Principal | undefined> {
    const id = connected ? sessionId(req) : undefined;
    const found = id === undefined ? undefined : await getSession(id);
    if (!found) return undefined;
    const principal = parsePrincipal(found.principal);
    return principal !== undefined && isPlainlyAlive(found, principal) ? principal : undefined;
  };
}
