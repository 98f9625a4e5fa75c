import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { unobserved } from '../../runtime/observe.ts';
import type { AppDeps, RouteDeps } from './deps.ts';
import { refuseCrossSite } from './cross-site.ts';
import { checkProxy } from './proxy-check.ts';
import { answerNotFound, errorHandler, logError } from './errors.ts';
import { answerFailedForm } from './failed-form.ts';
import { createPageAssets } from '../pages/page-assets.ts';
import { requestLog } from './request-log.ts';
import { accountRoutes } from '../routes/account.ts';
import { embedRoutes } from '../routes/embed.ts';
import { memberPageRoutes } from '../routes/member-pages.ts';
import { healthRoutes } from '../routes/health.ts';
import { loginForm, loginRoutes } from '../routes/login.ts';
import { logoutRoutes } from '../routes/logout.ts';
import { openApiRoutes } from '../routes/openapi.ts';
import { qlikTokenRoutes } from '../routes/qlik-token.ts';
import { setPasswordForm, setPasswordRoutes } from '../routes/set-password.ts';
import { ssoForm, ssoRoutes } from '../routes/sso.ts';
import { staticRoutes } from '../routes/static-files.ts';
import { securityHeaders } from './security-headers.ts';
import { createSessions } from './session.ts';
import { createSignedIn } from './signed-in.ts';

const PUBLIC_DIR = fileURLToPath(new URL('../../../public', import.meta.url));

/** The portal over HTTP: routes, and what is true of all of them. Connects to nothing and listens nowhere. */
export function createApp(deps: AppDeps): Express {
  const { log, publicUrl } = deps;
  const sessions = createSessions({
    ...deps.session,
    clock: deps.clock,
    publicUrl,
    ...(deps.onSignedIn && { onStart: deps.onSignedIn }),
    ...(deps.onReplaced && { onReplaced: deps.onReplaced }),
  });
  const signedIn = createSignedIn({ sessions, tenantMembers: deps.tenantMembers });
  const assets = createPageAssets({ publicDir: PUBLIC_DIR, log });
  const parts: RouteDeps = { ...deps, sessions, signedIn, assets, publicDir: PUBLIC_DIR };

  const app = express();
  app.disable('x-powered-by');
  // For files only: answers about people are never kept, so there is nothing to revalidate.
  app.set('etag', () => undefined);
  app.set('query parser', 'simple');
  app.set('trust proxy', deps.trustProxy);

  app.use(requestLog(log, deps.observeRequest ?? unobserved.request));
  app.use(securityHeaders({ publicUrl }));
  app.use(healthRoutes(parts));
  // After the probes, which come from beside the proxy.
  app.use(checkProxy(deps));
  app.use(openApiRoutes());
  app.use(refuseCrossSite({ publicUrl }));
  app.use(qlikTokenRoutes(parts));
  app.use(embedRoutes(parts));
  app.use(memberPageRoutes(parts));
  app.use(loginRoutes(parts));
  app.use(logoutRoutes(parts));
  app.use(setPasswordRoutes(parts));
  app.use(accountRoutes(parts));
  if (deps.sso) app.use(ssoRoutes(parts, deps.sso));
  app.use(staticRoutes(parts));
  app.use(answerNotFound);

  app.use(logError(log));
  for (const form of [loginForm, setPasswordForm, ssoForm]) app.use(answerFailedForm(form, assets));
  app.use(errorHandler);
  return app;
}
