import { hash } from 'node:crypto';
import type { SessionData } from 'express-session';
import { PortalError } from '../../domain/errors.ts';

/** What stores keep instead of a session id. The id is 24 random bytes: no salt or slow hash is needed. */
export function hashSessionId(sessionId: string): string {
  return hash('sha256', sessionId, 'base64url');
}

/** By which sessions are ended from outside a request. */
export interface SessionHolder {
  readonly userId: string | null;
  readonly tenantId: string | null;
  /** The identity provider that vouched for the holder, and its name for its own session with them. */
  readonly ssoProvider: string | null;
  readonly ssoSid: string | null;
}

export function holderOf(session: SessionData): SessionHolder {
  const principal: unknown = 'principal' in session ? session.principal : undefined;
  if (!isRecord(principal)) return { userId: null, tenantId: null, ssoProvider: null, ssoSid: null };
  const sso = isRecord(principal['sso']) ? principal['sso'] : {};
  return {
    userId: textOrNull(principal['userId']),
    tenantId: textOrNull(principal['tenantId']),
    ssoProvider: textOrNull(sso['providerId']),
    ssoSid: textOrNull(sso['sid']),
  };
}

/**
 * The session as express-session wants it. Its end, in ms since the epoch, is kept beside the data: `touch` moves
 * it and leaves the data alone.
 * @throws PortalError internal_error, naming the place, never what is in it
 */
export function parseSession(data: string, endsAt: number, place: string): SessionData {
  const session: unknown = JSON.parse(data);
  if (!isSessionData(session)) {
    throw new PortalError('internal_error', { detail: `${place} holds something unreadable` });
  }
  // A cookie without an end is one for the life of the browser, and stays so.
  if (session.cookie.expires) session.cookie.expires = new Date(endsAt);
  return session;
}

function isSessionData(value: unknown): value is SessionData {
  return (
    typeof value === 'object' &&
    value !== null &&
    'cookie' in value &&
    typeof value.cookie === 'object' &&
    value.cookie !== null
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
