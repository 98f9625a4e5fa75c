import { createHmac } from 'node:crypto';
import type { TestPortal } from './portal.ts';

/** What `/api/qlik-token` answers to the holder of the cookie: 200 while the session lives, 401 after. */
export async function statusWith(cookie: string, { request }: TestPortal): Promise<number> {
  const { status } = await request.get('/api/qlik-token').set('Cookie', cookie);
  return status;
}

/** A cookie as express-session signs it. */
export function signedCookie(sessionId: string, secret: string): string {
  const signature = createHmac('sha256', secret).update(sessionId).digest('base64').replace(/=+$/, '');
  return `portal=${encodeURIComponent(`s:${sessionId}.${signature}`)}`;
}

/** When the browser forgets the cookie, in ms since the epoch. */
export function endOf(setCookie: readonly string[] | undefined): number {
  return Date.parse(/Expires=([^;]+)/.exec(setCookie?.[0] ?? '')?.[1] ?? '');
}
