import type { OauthToken, OauthTokenPage } from '@qlik/api/oauth-tokens';
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { parse, SandboxError } from '../errors.ts';
import { callerIn, isAdmin, requireCaller } from '../identify.ts';
import { pageOf, type Sorting } from '../paging.ts';
import type { AccessToken, TenantState } from '../tenant-state.ts';

const sorting: Sorting<AccessToken> = {
  initial: 'userId',
  id: ({ id }) => id,
  by: { userId: ({ userId }) => userId },
};

/** `/api/v1/oauth-tokens`: one's own tokens; for administrators everyone's. */
export function oauthTokensRouter(state: TenantState): Router {
  const router = express.Router();
  router.use(requireCaller);

  router.get('/', (req, res) => {
    const asked = parse(z.string().optional(), req.query['userId']);
    const own = callerIn(req).user.id;
    if (!isAdmin(req) && asked !== undefined && asked !== own) throw new SandboxError(403);
    const tokens = state.tokens.list(isAdmin(req) ? asked : own).filter(({ kind }) => kind !== 'exchanged');
    const page = pageOf(req, state.host, tokens, sorting);
    const told: OauthTokenPage = { ...page, data: page.data.map((token) => shown(state, token)) };
    res.json(told);
  });

  router.delete('/:id', (req, res) => {
    const token = ownOrAny(state, req);
    state.tokens.revoke(token);
    res.status(204).end();
  });
  return router;
}

function ownOrAny(state: TenantState, req: Request<{ id: string }>): AccessToken {
  const token = state.tokens.byId(req.params.id);
  const own = token?.userId === callerIn(req).user.id;
  if (token && !own && !isAdmin(req)) throw new SandboxError(403);
  if (!token) throw new SandboxError(404);
  return token;
}

function shown(state: TenantState, token: AccessToken): OauthToken {
  return {
    id: token.id,
    tenantId: token.tenantId,
    userId: token.userId,
    description: state.clients.byId(token.clientId)?.clientName ?? '',
    deviceType: '',
    ...(token.lastUsedAt === undefined ? {} : { lastUsed: new Date(token.lastUsedAt).toISOString() }),
  };
}
