import type { RequestHandler } from 'express';
import { IMPERSONATION_GRANT } from '../state/clients.ts';
import type { TenantState } from '../tenant-state.ts';
import { EXCHANGE_GRANT } from './token-request.ts';

/** `GET /.well-known/oauth-authorization-server` (RFC 8414). */
export function serverMetadata(state: TenantState): RequestHandler {
  const { host } = state;
  const metadata = {
    issuer: host,
    token_endpoint: `${host}/oauth/token`,
    revocation_endpoint: `${host}/oauth/revoke`,
    response_types_supported: [],
    grant_types_supported: ['client_credentials', IMPERSONATION_GRANT, EXCHANGE_GRANT],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS512', 'ES384'],
    scopes_supported: ['user_default', 'admin', 'admin_classic'],
  };
  return (_req, res) => void res.json(metadata);
}
