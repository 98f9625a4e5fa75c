import { parseCookie } from 'cookie';
import { unsign } from 'cookie-signature';
import type { Request } from 'express';
import type { SessionData, Store } from 'express-session';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../runtime/clock.ts';
import type { Principal } from '../../domain/model/session.ts';
import { parsePrincipal } from './principal.ts';
import { fromStore } from './session-store.ts';

interface FastSessionReadOptions {
  readonly cookieName: string;
  /** All verify. */
  readonly secrets: readonly string[];
  readonly store: Store;
  readonly clock: Clock;
  readonly idleLimitMs: number;
  readonly absoluteLimitMs: number;
}

/** Later than this after it was last prolonged, a session must be prolonged, which only express-session does. */
const PROLONG_AFTER_MS = 60_000;
const MAX_VERIFIED = 10_000;
/** Characters of a header: longer ones are not cached, so that clients cannot fill the memory with padded headers. */
const MAX_CACHED_HEADER = 1_000;

/**
 * Reads the session without express-session, for routes that change nothing in it: the same cookie, store and limits,
 * without the overhead, which costs more than the rest of a token request. It only accepts: anything not clearly valid
 * is undefined, and express-session decides.
 */
export function createFastSessionRead(options: FastSessionReadOptions) {
  const { cookieName, secrets, store, clock, idleLimitMs, absoluteLimitMs } = options;
  // A signature is verified once. The key is the whole header, so that nothing in it can differ.
  const verified = new LRUCache<string, string>({ max: MAX_VERIFIED });

  // As express-session: a disconnected store is not asked.
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
    const cached = verified.get(cookie);
    if (cached !== undefined) return cached;
    const value = parseCookie(cookie)[cookieName];
    if (value === undefined || !value.startsWith('s:')) return undefined;
    const id = secrets.map((secret) => unsign(value.slice(2), secret)).find((each) => each !== false);
    if (id !== undefined && cookie.length <= MAX_CACHED_HEADER) verified.set(cookie, id);
    return id;
  }

  function isClearlyValid({ cookie }: SessionData, { signedInAt }: Principal): boolean {
    const now = clock.now();
    const idleUntil = cookie.expires ? new Date(cookie.expires).getTime() : 0;
    const prolongedAt = idleUntil - idleLimitMs;
    return (
      prolongedAt <= now &&
      now < prolongedAt + Math.min(PROLONG_AFTER_MS, idleLimitMs) &&
      now < signedInAt + absoluteLimitMs
    );
  }

  /** @throws PortalError storage_unavailable */
  return async function fastSessionRead(req: Request): Promise<Principal | undefined> {
    const id = connected ? sessionId(req) : undefined;
    const found = id === undefined ? undefined : await fromStore<SessionData>((done) => store.get(id, done));
    if (!found) return undefined;
    const principal = parsePrincipal(found.principal);
    return principal !== undefined && isClearlyValid(found, principal) ? principal : undefined;
  };
}
