import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { unobserved, type Observe } from '../../runtime/observe.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { Readiness } from '../../runtime/readiness.ts';
import type { Principal } from '../../domain/model/session.ts';
import type { TokenIssuer } from '../../portal/tokens/issue-token.ts';
import type { OwnAccount } from '../../portal/accounts/account-overview.ts';
import type { ChangePassword } from '../../portal/accounts/change-password.ts';
import type { SetPassword } from '../../portal/accounts/set-password.ts';
import type { SignIn } from '../../portal/sign-in/sign-in.ts';
import type { SignOut } from '../../portal/sign-in/sign-out.ts';
import { refuseCrossSite } from './cross-site.ts';
import { checkProxy } from './proxy-check.ts';
import { answerNotFound, errorHandler, logError } from './errors.ts';
import { answerFailedForm } from './failed-form.ts';
import { createPageAssets } from '../pages/page-assets.ts';
import { requestLog } from './request-log.ts';
import { accountRoutes } from '../routes/account.ts';
import { embedRoutes } from '../routes/embed.ts';
import { embedPageRoutes } from '../routes/embed-page.ts';
import { healthRoutes } from '../routes/health.ts';
import { loginForm, loginRoutes } from '../routes/login.ts';
import { logoutRoutes } from '../routes/logout.ts';
import { openApiRoutes } from '../routes/openapi.ts';
import { qlikTokenRoutes } from '../routes/qlik-token.ts';
import { setPasswordForm, setPasswordRoutes } from '../routes/set-password.ts';
import { type Sso, ssoForm, ssoRoutes } from '../routes/sso.ts';
import { staticRoutes } from '../routes/static-files.ts';
import { securityHeaders } from './security-headers.ts';
import { createSessions, type SessionOptions } from './session.ts';
import { createSignedIn } from './signed-in.ts';

export interface AppDeps {
  /** The origin people open; https makes cookies Secure and sets HSTS. */
  readonly publicUrl: string;
  /** Which proxies' `X-Forwarded-*` to believe, as Express' `trust proxy` takes it; never `true`. */
  readonly trustProxy: false | number | readonly string[];
  readonly cspReportOnly: boolean;
  readonly session: SessionOptions;
  readonly tenantMembers: TenantMemberReader;
  readonly signIn: SignIn;
  readonly signOut: SignOut;
  readonly setPassword: SetPassword;
  readonly changePassword: ChangePassword;
  readonly ownAccount: OwnAccount;
  /** Told of every sign-in, of whichever kind. Must not block. */
  readonly onSignedIn?: (principal: Principal, source: RequestSource) => void;
  /** Told who was signed in where another person signed in. Must not block. */
  readonly onReplaced?: (principal: Principal) => void;
  /** Absent where no identity provider is configured. */
  readonly sso?: Sso | undefined;
  readonly tokens: Pick<TokenIssuer, 'issue' | 'reject'>;
  readonly ready: Readiness;
  /** Told of every request that is over. */
  readonly observeRequest?: Observe['request'];
  readonly clock: Clock;
  readonly log: Log;
}

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
  const parts = { ...deps, sessions, signedIn, assets, publicDir: PUBLIC_DIR };

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
  app.use(embedPageRoutes(parts));
  app.use(loginRoutes(parts));
  app.use(logoutRoutes(parts));
  app.use(setPasswordRoutes(parts));
  app.use(accountRoutes(parts));
  if (deps.sso) app.use(ssoRoutes({ ...parts, sso: deps.sso }));
  app.use(staticRoutes(parts));
  app.use(answerNotFound);

  app.use(logError(log));
  for (const form of [loginForm, setPasswordForm, ssoForm]) app.use(answerFailedForm(form, assets));
  app.use(errorHandler);
  return app;
}
