import type {
  OAuthClientAdminListItem,
  OAuthClientAdminListResponse,
  OAuthClientCreateResponse,
  OAuthClientPatchResponse,
  OAuthClientPublishResponse,
  OAuthClientSecretResponse,
} from '@qlik/api/oauth-clients';
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { parse, SandboxError } from '../errors.ts';
import { compileFilter, type FilterableAttributes } from '../filter-match.ts';
import { callerIn, requireAdmin } from '../identify.ts';
import { parsePatch, type PatchOperation } from '../json-patch.ts';
import { pageOf, type Sorting } from '../paging.ts';
import { MAX_SECRETS } from '../state/clients.ts';
import type { SandboxClient, TenantState } from '../tenant-state.ts';
import { clientNamed } from './client-lookup.ts';
import { checkClient, clientSettings, needsSecret } from './client-settings.ts';
import { connectionConfigRouter } from './connection-configs.ts';

const PATCHABLE = [
  '/allowedOrigins',
  '/clientName',
  '/clientUri',
  '/description',
  '/logoUri',
  '/redirectUris',
  '/allowedScopes',
  '/allowedGrantTypes',
  '/publicKeys',
  '/allowedAuthMethods',
] as const;

export const clientCreation = clientSettings.extend({
  connectionConfig: z.object({ consentMethod: z.literal('trusted').optional() }).optional(),
});

const filterable: FilterableAttributes<SandboxClient> = {
  clientId: { operators: ['eq', 'co'], read: ({ clientId }) => clientId },
  clientName: { operators: ['eq', 'co'], read: ({ clientName }) => clientName },
  appType: { operators: ['eq'], read: ({ appType }) => appType },
  tenantId: { operators: ['eq'], read: ({ tenantId }) => tenantId },
};

const sorting: Sorting<SandboxClient> = {
  initial: '+clientName',
  id: ({ clientId }) => clientId,
  by: {
    clientId: ({ clientId }) => clientId,
    clientName: ({ clientName }) => clientName,
    appType: ({ appType }) => appType,
    tenantId: ({ tenantId }) => tenantId,
    createdAt: ({ createdAt }) => createdAt,
    updatedAt: ({ updatedAt }) => updatedAt,
  },
};

type CreatedClient = Partial<OAuthClientCreateResponse> & { clientSecretHint?: string };

/** `/api/v1/oauth-clients`, for administrators only. */
export function oauthClientsRouter(state: TenantState): Router {
  const router = express.Router();
  const find = (req: Request<{ id: string }>) => clientNamed(state, req.params.id);
  router.use(requireAdmin);

  router.get('/', (req, res) => {
    const filter = parse(z.string().optional(), req.query['filter']);
    const all = state.clients.all();
    const found = filter === undefined ? all : all.filter(compileFilter(filter, filterable));
    const page = pageOf(req, state.host, found, sorting);
    const told: OAuthClientAdminListResponse = { ...page, data: page.data.map(shown) };
    res.json(told);
  });

  router.post('/', (req, res) => void res.status(201).json(create(state, req)));
  router.get('/:id', (req, res) => void res.json(shown(find(req))));

  router.patch('/:id', (req, res) => {
    const clientSecret = patch(state, req, find(req));
    if (clientSecret === undefined) res.status(204).end();
    else res.status(202).json({ clientSecret } satisfies OAuthClientPatchResponse);
  });

  router.delete('/:id', (req, res) => {
    const { clientId } = find(req);
    state.clients.remove(clientId);
    state.tokens.revokeAllOf({ clientId });
    res.status(204).end();
  });

  router.post('/:id/client-secrets', (req, res) => {
    const client = find(req);
    const { clientId } = client;
    const { secret: clientSecret, ...kept } = newSecret(state, req, client);
    res.status(201).json({ clientId, clientSecret, ...kept } satisfies OAuthClientSecretResponse);
  });

  router.delete('/:id/client-secrets/:hint', (req, res) => {
    if (!state.clients.removeSecret(find(req), req.params.hint)) throw new SandboxError(404);
    res.status(204).end();
  });

  router.post('/:id/actions/publish', (req, res) => {
    const client = find(req);
    client.publishedAt ??= new Date(state.now()).toISOString();
    res.status(201).json({ publishedAt: client.publishedAt } satisfies OAuthClientPublishResponse);
  });

  router.use(connectionConfigRouter(state));
  return router;
}

/** What reading a client tells: hints of its secrets, never the secrets. */
function shown(client: SandboxClient): OAuthClientAdminListItem {
  const { secrets, consentMethod, tenantId: _tenant, ...told } = client;
  return {
    ...told,
    clientSecrets: secrets.map(({ digest: _digest, ...hint }) => hint),
    connectionConfig: { consentMethod },
    createdByType: 'user',
  };
}

/** The new client; its secret is told here and never again. A client without secrets gets no such field. */
function create(state: TenantState, req: Request): CreatedClient {
  const { connectionConfig, ...settings } = parse(clientCreation, req.body);
  checkClient(state, settings);
  const client = state.clients.add({
    ...settings,
    ownerId: callerIn(req).user.id,
    consentMethod: connectionConfig?.consentMethod ?? 'required',
  });
  if (!needsSecret(client)) return shown(client);
  const { secret: clientSecret, hint: clientSecretHint } = newSecret(state, req, client);
  return { ...shown(client), clientSecret, clientSecretHint };
}

function newSecret(state: TenantState, req: Request, client: SandboxClient) {
  const created = state.clients.addSecret(client, callerIn(req).user.id);
  if (!created) throw new SandboxError(409, `A client can have at most ${MAX_SECRETS} secrets.`);
  return created;
}

/** Applies the whole patch or nothing. Returns the secret made when the client now needs one and had none. */
function patch(state: TenantState, req: Request, client: SandboxClient): string | undefined {
  const operations = parsePatch(req.body, { operations: ['add', 'remove', 'replace'], paths: PATCHABLE });
  const patched = parse(clientSettings, operations.reduce<Record<string, unknown>>(apply, { ...client }));
  checkClient(state, patched);
  Object.assign(client, patched);
  state.clients.touch(client);
  return needsSecret(client) && client.secrets.length === 0
    ? newSecret(state, req, client).secret
    : undefined;
}

function apply(
  client: Record<string, unknown>,
  { op, path, value }: PatchOperation,
): Record<string, unknown> {
  // Removed means back to the field's default; a field without one, such as the name, is then refused.
  return { ...client, [path.slice(1)]: op === 'remove' ? undefined : value };
}
