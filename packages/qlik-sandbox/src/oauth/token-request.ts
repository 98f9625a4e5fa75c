import type { Request } from 'express';
import { z } from 'zod';
import { parse } from '../errors.ts';
import { IMPERSONATION_GRANT } from '../state/clients.ts';

export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

const text = z.string().min(1);
const credentials = {
  client_id: text.optional(),
  client_secret: text.optional(),
  client_assertion_type: text.optional(),
  client_assertion: text.optional(),
  scope: z.string().optional(),
};

const tokenRequest = z.discriminatedUnion('grant_type', [
  z.object({ grant_type: z.literal('client_credentials'), ...credentials }),
  z.object({
    grant_type: z.literal(IMPERSONATION_GRANT),
    ...credentials,
    user_lookup: z.object({ field: z.enum(['userId', 'subject']), value: text }),
  }),
  z.object({
    grant_type: z.literal(EXCHANGE_GRANT),
    client_id: text,
    subject_token: text,
    subject_token_type: z.literal(ACCESS_TOKEN_TYPE),
    purpose: z.enum(['websocket', 'webresource']),
    redirect_uri: z.url().optional(),
  }),
]);

type TokenRequest = z.infer<typeof tokenRequest>;
export type OwnTokenRequest = Extract<TokenRequest, { grant_type: 'client_credentials' }>;
export type ImpersonationRequest = Extract<TokenRequest, { grant_type: typeof IMPERSONATION_GRANT }>;
export type ExchangeRequest = Extract<TokenRequest, { grant_type: typeof EXCHANGE_GRANT }>;

/** A checked token request; 400 for anything else. */
export function parseTokenRequest(body: unknown): TokenRequest {
  return parse(tokenRequest, body);
}

/**
 * The fields of a body, JSON or form. How a form spells the nested `user_lookup` is not documented: both
 * `user_lookup[field]` and a JSON text are taken. A parameter given twice arrives as an array and is refused.
 */
export function fieldsOf(req: Request): Record<string, unknown> {
  const body: unknown = req.body;
  const fields = z.record(z.string(), z.unknown()).safeParse(body).data ?? {};
  if (!req.is('application/x-www-form-urlencoded')) return fields;
  const { 'user_lookup[field]': field, 'user_lookup[value]': value, user_lookup: json, ...rest } = fields;
  if (field !== undefined || value !== undefined) return { ...rest, user_lookup: { field, value } };
  return json === undefined ? rest : { ...rest, user_lookup: fromJson(json) };
}

function fromJson(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}
