import { hash } from 'node:crypto';
import type { SessionData } from 'express-session';
import type { SessionRow } from './schema.ts';
import { PortalError } from '../../domain/errors.ts';

/** What the tables keep instead of a session id. The id is 24 random bytes: no salt or slow hash is needed. */
export function hashSessionId(sessionId: string): string {
  return hash('sha256', sessionId, 'base64url');
}

/** The session as express-session wants it, its cookie's end taken from the column that `touch` moves. */
export function sessionFromRow({ data, expires_at }: { data: string; expires_at: number }): SessionData {
  const session: unknown = JSON.parse(data);
  if (!isSessionData(session)) {
    throw new PortalError('internal_error', {
      detail: 'the database column sessions.data holds something unreadable',
    });
  }
  // A cookie without an end is one for the life of the browser, and stays so.
  if (session.cookie.expires) session.cookie.expires = new Date(expires_at);
  return session;
}

type HolderColumns = Pick<SessionRow, 'user_id' | 'tenant_id' | 'sso_provider' | 'sso_sid'>;

/** The columns by which sessions are ended from outside a request. */
export function holderOf(session: SessionData): HolderColumns {
  const principal: unknown = 'principal' in session ? session.principal : undefined;
  if (!isRecord(principal)) return { user_id: null, tenant_id: null, sso_provider: null, sso_sid: null };
  const sso = isRecord(principal['sso']) ? principal['sso'] : {};
  return {
    user_id: textOrNull(principal['userId']),
    tenant_id: textOrNull(principal['tenantId']),
    sso_provider: textOrNull(sso['providerId']),
    sso_sid: textOrNull(sso['sid']),
  };
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
