import type { Express } from 'express';
import type { RequestSource } from '../domain/model/request-source.ts';
import { withTimeout } from '../runtime/with-timeout.ts';
import { createReadiness } from '../runtime/readiness.ts';
import type { Principal } from '../domain/model/session.ts';
import { systemTimer } from '../runtime/timer.ts';
import { createOwnAccount } from '../portal/accounts/account-overview.ts';
import { createChangePassword } from '../portal/accounts/change-password.ts';
import { createEndSessions } from '../portal/sign-in/end-sessions.ts';
import { createPasswordPolicy } from '../portal/accounts/password-policy.ts';
import { createSetPassword } from '../portal/accounts/set-password.ts';
import { observed } from '../portal/sign-in/observed.ts';
import { createPasswordVerifier } from '../portal/sign-in/password-verifier.ts';
import { createSignIn } from '../portal/sign-in/sign-in.ts';
import { createSignOut } from '../portal/sign-in/sign-out.ts';
import { createSignInSso } from '../portal/sign-in/sign-in-sso.ts';
import { createSsoSignOut } from '../portal/sign-in/sso-sign-out.ts';
import { createApp } from '../web/http/app.ts';
import type { AppDeps } from '../web/http/deps.ts';
import type { Portal } from './portal.ts';

/** Limit of the session count in a scrape, for slow databases. */
const SCRAPE_WITHIN_MS = 2_000;

/** The portal over HTTP; `stopping` is aborted when the server begins to stop. */
export function composeApp(portal: Portal, stopping: AbortSignal): Express {
  const { config, clock, log, storage, tokens, hasher, tokenRevoker, observe } = portal;
  const { signInLimits: limits } = portal;
  const { accounts, tenantMembers, audit } = storage;
  const ready = createReadiness({ ping: () => storage.ping(), timer: systemTimer, stopping });
  const { countSessions } = storage;
  const sessions =
    countSessions && (() => withTimeout(countSessions(), { timer: systemTimer, ms: SCRAPE_WITHIN_MS }));
  portal.metrics?.watch({ ready, sessions });
  return createApp({
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    cspReportOnly: config.cspReportOnly,
    session: { store: storage.sessions, ...config.session },
    tenantMembers,
    signIn: observed(
      createSignIn({
        accounts,
        tenantMembers,
        passwords: createPasswordVerifier({ accounts, hasher }),
        limits,
        audit,
      }),
      (result) => observe.signIn({ method: 'password', result }),
    ),
    signOut: observed(createSignOut({ audit, leaveQlik: (userId) => tokenRevoker.onSignOut(userId) }), () =>
      observe.sessionsEnded({ by: 'owner', count: 1 }),
    ),
    ...composeAccounts(portal),
    sso: composeSso(portal),
    tokens,
    ready,
    observeRequest: observe.request,
    clock,
    log,
  });
}

/** What people do with their own accounts. */
function composeAccounts({
  config,
  clock,
  storage,
  hasher,
  qlikUserMappings,
  tokenRevoker,
  signInLimits: limits,
}: Portal) {
  const { accounts, tenantMembers, passwordInvites, audit, sessionRegistry: sessions } = storage;
  // The request does not wait for the tenant.
  const endSessions = createEndSessions({
    sessions,
    revokeTokens: (account) => void tokenRevoker.revokeAll(account),
  });
  const policy = createPasswordPolicy();
  const passwords = createPasswordVerifier({ accounts, hasher });
  return {
    onSignedIn: ({ userId }: Principal, source: RequestSource) => qlikUserMappings.start(userId, source),
    onReplaced: ({ userId }: Principal) => tokenRevoker.onSignOut(userId),
    changePassword: createChangePassword({
      accounts,
      passwordInvites,
      passwords,
      endSessions,
      limits,
      policy,
      hasher,
      audit,
    }),
    ownAccount: createOwnAccount({
      accounts,
      directory: storage.sessionDirectory,
      endSessions,
      absoluteLimitMs: config.session.absoluteLimitMs,
      audit,
      clock,
    }),
    setPassword: createSetPassword({
      passwordInvites,
      tenantMembers,
      endSessions,
      limits,
      policy,
      hasher,
      audit,
    }),
  };
}

function composeSso({
  storage,
  tokenRevoker,
  identityProviders: providers,
  signInLimits: limits,
  observe,
}: Portal): AppDeps['sso'] {
  if (providers === undefined) return undefined;
  const { identities, accounts, tenantMembers, audit, sessionRegistry: sessions } = storage;
  const signIn = createSignInSso({ providers, identities, accounts, tenantMembers, limits, audit });
  return {
    signIn: {
      ...signIn,
      finish: observed(
        (...given: Parameters<typeof signIn.finish>) => signIn.finish(...given),
        (result) => observe.signIn({ method: 'sso', result }),
      ),
    },
    signOut: createSsoSignOut({
      providers,
      identities,
      sessions,
      accounts,
      audit,
      revokeTokens: (account) => void tokenRevoker.revokeAll(account),
    }),
  };
}
