import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parse } from '../errors.ts';
import type { TenantState } from '../tenant-state.ts';
import { authenticateClient } from './client-auth.ts';
import { fieldsOf } from './token-request.ts';

const revocation = z.object({
  token: z.string().min(1),
  token_type_hint: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
});

/**
 * `POST /oauth/revoke` (RFC 7009): 200 also for a token that is unknown or already dead. Qlik asks for the token
 * alone; a client that proves itself as well must be the token's own.
 */
export function revokeEndpoint(state: TenantState): RequestHandler {
  return async (req, res) => {
    const { token: value, ...credentials } = parse(revocation, fieldsOf(req));
    const proves = credentials.client_secret !== undefined || credentials.client_assertion !== undefined;
    const client = proves ? await authenticateClient(state, credentials) : undefined;
    const token = state.tokens.live(value);
    if (token && (!client || client.clientId === token.clientId)) state.tokens.revoke(token);
    res.status(200).end();
  };
}
