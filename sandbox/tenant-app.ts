import express, { type Express } from 'express';
import { groupsRouter } from './api/groups.ts';
import { oauthClientsRouter } from './api/oauth-clients.ts';
import { oauthTokensRouter } from './api/oauth-tokens.ts';
import { tenantsRouter } from './api/tenants.ts';
import { usersRouter } from './api/users.ts';
import { controlDoor } from './control.ts';
import { cors } from './cors.ts';
import { errorHandler, notFound } from './errors.ts';
import { injectFaults } from './faults.ts';
import { identify, requireCaller } from './identify.ts';
import { serverMetadata } from './oauth/metadata.ts';
import { oauthRouter } from './oauth/router.ts';
import { sandboxPage } from './page.ts';
import { rateLimit } from './rate-limit.ts';
import { journalled } from './request-context.ts';
import type { TenantState } from './tenant-state.ts';

/**
 * One tenant's HTTP side. Every request is journalled, gets its CORS answer and is identified; then it meets the
 * faults set for it and the rate limits, and only then the endpoint.
 */
export function createTenantApp(state: TenantState): Express {
  const app = express();
  app.disable('x-powered-by').set('query parser', 'simple').set('etag', false);
  app.use((_req, res, next) => {
    res.set('X-Sandbox', 'true');
    next();
  });
  app.use('/__sandbox', controlDoor(state));
  app.use(journalled(state), cors(state));
  app.use(express.json({ limit: '1mb', type: ['application/json', 'application/json-patch+json'] }));
  app.use(identify(state));

  app.use('/oauth', oauthRouter(state));
  app.use(injectFaults(state), rateLimit(state));
  app.get('/', sandboxPage(state));
  app.get('/.well-known/oauth-authorization-server', serverMetadata(state));
  app.use('/api/v1/oauth-clients', requireCaller, oauthClientsRouter(state));
  app.use('/api/v1/oauth-tokens', oauthTokensRouter(state));
  app.use('/api/v1/users', usersRouter(state));
  app.use('/api/v1/groups', groupsRouter(state));
  app.use('/api/v1/tenants', tenantsRouter(state));
  app.use(notFound, errorHandler);
  return app;
}
