import type { Request, RequestHandler } from 'express';
import { tooManyRequests } from './errors.ts';
import { contextOf } from './request-context.ts';
import type { Tier } from './state/rate-limits.ts';
import type { TenantState } from './tenant-state.ts';

/**
 * Qlik's limits per tier, user and tenant. A client's own calls and all its token requests count against the
 * client: whether Qlik counts impersonation against the impersonated user is unverified.
 */
export function rateLimit(state: TenantState): RequestHandler {
  return (req, _res, next) => {
    const caller = payerOf(req);
    const wait = caller === undefined ? undefined : state.rateLimits.count(tierOf(req), caller);
    if (wait !== undefined) throw tooManyRequests(wait);
    next();
  };
}

function tierOf({ method, path }: Request): Tier {
  if (method === 'POST' && path.endsWith('/actions/filter')) return 'filter';
  return method === 'GET' || method === 'HEAD' ? 'tier1' : 'tier2';
}

function payerOf(req: Request): string | undefined {
  const { caller, entry } = contextOf(req);
  if (caller) return caller.token.kind === 'client' ? caller.token.clientId : caller.user.id;
  return entry.clientId;
}
