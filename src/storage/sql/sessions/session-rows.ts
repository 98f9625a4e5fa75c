import type { SessionData } from 'express-session';
import { holderOf, parseSession } from '../../session-data.ts';
import type { SessionRow } from '../schema.ts';

export function sessionFromRow({ data, expires_at }: Pick<SessionRow, 'data' | 'expires_at'>): SessionData {
  return parseSession(data, expires_at, 'the database column sessions.data');
}

type HolderColumns = Pick<SessionRow, 'user_id' | 'tenant_id' | 'sso_provider' | 'sso_sid'>;

export function holderColumns(session: SessionData): HolderColumns {
  const { userId, tenantId, ssoProvider, ssoSid } = holderOf(session);
  return { user_id: userId, tenant_id: tenantId, sso_provider: ssoProvider, sso_sid: ssoSid };
}
