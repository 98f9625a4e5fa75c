import type { RequestHandler } from 'express';
import { z } from 'zod';
import { admitOrigin } from '../cors.ts';
import { contextOf } from '../request-context.ts';
import { IMPERSONATION_GRANT } from '../state/clients.ts';
import type { SandboxUser, TenantState } from '../tenant-state.ts';
import { claimedClientId } from './client-auth.ts';
import { EXCHANGE_GRANT, fieldsOf } from './token-request.ts';

const claims = z.object({
  grant_type: z.string().optional().catch(undefined),
  client_id: z.string().optional().catch(undefined),
  client_assertion: z.string().optional().catch(undefined),
  subject_token: z.string().optional().catch(undefined),
  user_lookup: z.object({ field: z.string(), value: z.string() }).optional().catch(undefined),
});

/**
 * Notes the grant, client and user a token request claims, before anything is proven, so that faults can be
 * aimed, exchanges counted, the client limited and CORS answered for the right client even on errors.
 */
export function announceTokenRequest(state: TenantState): RequestHandler {
  return (req, res, next) => {
    const context = contextOf(req);
    const claimed = claims.parse(fieldsOf(req));
    const client = state.clients.byId(claimedClientId(claimed) ?? '');
    const user = userClaimed(state, claimed);
    if (isKnownGrant(claimed.grant_type)) context.entry.grant = claimed.grant_type;
    if (client) context.entry.clientId = client.clientId;
    if (user) context.entry.userId = user.id;
    admitOrigin(state, req, res, client?.clientId);
    next();
  };
}

function isKnownGrant(grant: string | undefined): grant is string {
  return grant === 'client_credentials' || grant === IMPERSONATION_GRANT || grant === EXCHANGE_GRANT;
}

function userClaimed(state: TenantState, claimed: z.infer<typeof claims>): SandboxUser | undefined {
  const { user_lookup: lookup, subject_token: subject } = claimed;
  if (subject !== undefined) return state.users.byId(state.tokens.live(subject)?.userId ?? '');
  return lookup && findUser(state, lookup);
}

export function findUser(
  state: TenantState,
  { field, value }: { field: string; value: string },
): SandboxUser | undefined {
  return field === 'subject' ? state.users.bySubject(value) : state.users.byId(value);
}
