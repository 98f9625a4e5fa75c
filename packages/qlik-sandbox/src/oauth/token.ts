import type { Request, RequestHandler } from 'express';
import { SandboxError } from '../errors.ts';
import { shownNow, stillborn } from '../faults.ts';
import { faultOf } from '../request-context.ts';
import { type ClientGrant, IMPERSONATION_GRANT } from '../state/clients.ts';
import type { NewToken } from '../state/tokens.ts';
import { mayHoldTokens } from '../state/users.ts';
import type { SandboxClient, SandboxUser, TenantState } from '../tenant-state.ts';
import { findUser } from './announce.ts';
import { authenticateClient } from './client-auth.ts';
import {
  EXCHANGE_GRANT,
  type ExchangeRequest,
  fieldsOf,
  type ImpersonationRequest,
  type OwnTokenRequest,
  parseTokenRequest,
} from './token-request.ts';

/** `POST /oauth/token`: 200 with a token; 400 bad request, 401 bad credentials, 403 disabled user or token cap. */
export function tokenEndpoint(state: TenantState): RequestHandler {
  return async (req, res) => {
    const request = parseTokenRequest(fieldsOf(req));
    const granted =
      request.grant_type === EXCHANGE_GRANT
        ? exchange(state, req, request)
        : request.grant_type === IMPERSONATION_GRANT
          ? await impersonate(state, req, request)
          : await speakForItself(state, req, request);
    res.set('Cache-Control', 'no-store').json(mint(state, req, granted));
  };
}

async function speakForItself(state: TenantState, req: Request, request: OwnTokenRequest): Promise<NewToken> {
  const client = await authenticateClient(state, request);
  requireGrant(client, request.grant_type);
  const user = state.botOf(client.clientId);
  refuseHolder(state, req, user);
  return newToken(state, { kind: 'client', client, user, scopes: scopesFor(client, request.scope) });
}

async function impersonate(
  state: TenantState,
  req: Request,
  request: ImpersonationRequest,
): Promise<NewToken> {
  const client = await authenticateClient(state, request);
  requireGrant(client, request.grant_type);
  if (client.consentMethod !== 'trusted')
    throw new SandboxError(400, 'The consent method of the client is not trusted.');
  const scopes = scopesFor(client, request.scope);
  const user = findUser(state, request.user_lookup);
  if (!user || user.clientId !== undefined) throw new SandboxError(400, 'user_lookup: no such user');
  refuseHolder(state, req, user);
  return newToken(state, { kind: 'impersonation', client, user, scopes });
}

/** RFC 8693, as the embed runtime uses it from the browser: no client credentials, so the origin must be allowed. */
function exchange(state: TenantState, req: Request, request: ExchangeRequest): NewToken {
  const { origin } = req.headers;
  const subject = state.authenticate(request.subject_token);
  if (!subject || subject.token.kind === 'exchanged' || subject.token.clientId !== request.client_id) {
    throw new SandboxError(401, 'The subject token is not valid.');
  }
  if (origin !== undefined && !state.originAllowed(origin, request.client_id)) {
    throw new SandboxError(403, 'The origin is not allowed for this client.');
  }
  return {
    kind: 'exchanged',
    userId: subject.user.id,
    clientId: request.client_id,
    scopes: subject.token.scopes,
    lifetimeSeconds: state.settings.exchangedTokenLifetimeSeconds,
    purpose: request.purpose,
    parentId: subject.token.id,
  };
}

function requireGrant(client: SandboxClient, grant: ClientGrant): void {
  if (!client.allowedGrantTypes.includes(grant))
    throw new SandboxError(400, 'grant_type: not allowed for this client');
}

function scopesFor(client: SandboxClient, requested: string | undefined): string[] {
  const scopes = requested?.split(' ').filter((scope) => scope !== '') ?? [];
  if (scopes.length === 0) return client.allowedScopes;
  if (!scopes.every((scope) => client.allowedScopes.includes(scope))) {
    throw new SandboxError(400, 'scope: not allowed for this client');
  }
  return scopes;
}

/**
 * Both are a 403. Qlik's reference has them in one row and gives no words: that a tenant says which of the two it is, and
 * how, is a guess. The portal makes do with an answer that does not.
 */
function refuseHolder(state: TenantState, req: Request, user: SandboxUser): void {
  const full = state.tokens.list(user.id).filter(({ kind }) => kind !== 'exchanged').length;
  const capped = full >= state.settings.maxLiveTokensPerUser || faultOf(req, 'token-cap');
  if (!mayHoldTokens(user) || faultOf(req, 'disabled-user')) {
    throw new SandboxError(403, 'The user is disabled.');
  }
  if (capped) throw new SandboxError(403, 'The user has reached the maximum number of tokens.');
}

interface Grant {
  kind: 'client' | 'impersonation';
  client: SandboxClient;
  user: SandboxUser;
  scopes: string[];
}

function newToken(state: TenantState, { kind, client, user, scopes }: Grant): NewToken {
  const { tokenLifetimeSeconds: lifetimeSeconds } = state.settings;
  return { kind, userId: user.id, clientId: client.clientId, scopes, lifetimeSeconds };
}

function mint(state: TenantState, req: Request, granted: NewToken): object {
  const { expiryFields } = state.settings;
  const token = state.tokens.issue(granted);
  const expiresAt = shownNow(state, req) + granted.lifetimeSeconds * 1000;
  if (stillborn(req)) state.tokens.revoke(token);
  return {
    access_token: token.value,
    token_type: 'bearer',
    scope: token.scopes.join(' '),
    ...(expiryFields === 'expires_in' ? {} : { expires_at: new Date(expiresAt).toISOString() }),
    ...(expiryFields === 'expires_at' ? {} : { expires_in: granted.lifetimeSeconds }),
  };
}
