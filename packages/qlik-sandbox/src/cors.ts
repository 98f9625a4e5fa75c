import type { Request, RequestHandler, Response } from 'express';
import { bearerOf } from './identify.ts';
import type { TenantState } from './tenant-state.ts';

const ALLOWED_HEADERS = 'authorization, content-type, qlik-api-version, user-agent';
const ALLOWED_METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';

/**
 * Opens the tenant to the browser pages whose origin the token's client allows. It runs before anything can
 * fail, so that errors carry the headers too; a preflight carries no token and is judged by any client.
 */
export function cors(state: TenantState): RequestHandler {
  return (req, res, next) => {
    const bearer = bearerOf(req);
    admitOrigin(state, req, res, bearer && state.tokens.live(bearer)?.clientId);
    if (req.method !== 'OPTIONS') return next();
    if (res.hasHeader('Access-Control-Allow-Origin')) {
      res.set({
        'Access-Control-Allow-Methods': ALLOWED_METHODS,
        'Access-Control-Allow-Headers': ALLOWED_HEADERS,
        'Access-Control-Max-Age': '600',
      });
    }
    res.status(204).end();
  };
}

/** Sets or withdraws the CORS answer for the request's origin, once the client is known. */
export function admitOrigin(state: TenantState, req: Request, res: Response, clientId?: string): void {
  const { origin } = req.headers;
  res.vary('Origin');
  res.removeHeader('Access-Control-Allow-Origin');
  res.removeHeader('Access-Control-Allow-Credentials');
  if (origin === undefined || !state.originAllowed(origin, clientId)) return;
  res.set('Access-Control-Allow-Origin', origin);
  if (req.originalUrl.startsWith('/oauth/')) res.set('Access-Control-Allow-Credentials', 'true');
}
