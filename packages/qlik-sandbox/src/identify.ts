import type { Request, RequestHandler } from 'express';
import { SandboxError } from './errors.ts';
import { contextOf } from './request-context.ts';
import type { AccessToken, SandboxUser, TenantState } from './tenant-state.ts';

const ADMIN_SCOPES = new Set(['admin', 'admin_classic']);

/** The bearer token of a request (RFC 6750 section 2.1), if it has one. */
export function bearerOf(req: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
}

/** Notes who is calling, for the faults, the limits and the journal; it refuses nobody yet. */
export function identify(state: TenantState): RequestHandler {
  return (req, _res, next) => {
    const context = contextOf(req);
    const caller = callerOf(state, req);
    if (caller) {
      context.caller = caller;
      context.entry.userId = caller.user.id;
      context.entry.clientId = caller.token.clientId;
    }
    next();
  };
}

function callerOf(state: TenantState, req: Request): { user: SandboxUser; token: AccessToken } | undefined {
  const bearer = bearerOf(req);
  if (bearer !== undefined) {
    const caller = state.authenticate(bearer);
    // A token exchanged for a URL opens that URL only, never the API.
    return caller?.token.kind === 'exchanged' ? undefined : caller;
  }
  const { accessToken } = req.query;
  if (typeof accessToken !== 'string' || req.method !== 'GET') return undefined;
  const caller = state.authenticate(accessToken);
  return caller?.token.purpose === 'webresource' ? caller : undefined;
}

export const requireCaller: RequestHandler = (req, _res, next) => {
  callerIn(req);
  next();
};

/** Who is calling; 401 when nobody is. */
export function callerIn(req: Request): { user: SandboxUser; token: AccessToken } {
  const { caller } = contextOf(req);
  if (!caller) throw new SandboxError(401, undefined, { 'WWW-Authenticate': 'Bearer' });
  return caller;
}

/**
 * Whether the call may administer the tenant: the token must carry an admin scope, and unless it is a client's
 * own, its user must be a TenantAdmin. An impersonation token of `user_default` never is.
 */
export function isAdmin(req: Request): boolean {
  const { user, token } = callerIn(req);
  if (!token.scopes.some((scope) => ADMIN_SCOPES.has(scope))) return false;
  return token.kind === 'client' || user.assignedRoles.some(({ name }) => name === 'TenantAdmin');
}

export const requireAdmin: RequestHandler = (req, _res, next) => {
  if (!isAdmin(req)) throw new SandboxError(403);
  next();
};

/** Reading is for everyone signed in; anything else for administrators. */
export const requireAdminToWrite: RequestHandler = (req, _res, next) => {
  if (req.method !== 'GET' && req.method !== 'HEAD' && !isAdmin(req)) throw new SandboxError(403);
  next();
};
