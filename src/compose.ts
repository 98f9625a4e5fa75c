import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import type { Config } from './config.ts';
import { systemClock, type Clock } from './domain/clock.ts';
import { exchangeLimit } from './domain/exchange-budget.ts';
import type { Log } from './domain/log.ts';
import { unobserved } from './domain/observe.ts';
import type { OpsOptions } from './domain/ops.ts';
import type { Principal } from './domain/session.ts';
import { systemTimer } from './domain/timer.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { createProviderHttp } from './oidc/http.ts';
import { createIdentityProviders } from './oidc/identity-providers.ts';
import { createOwnAccount } from './portal/accounts/account-overview.ts';
import { createChangePassword } from './portal/accounts/change-password.ts';
import { createPasswordPolicy } from './portal/accounts/password-policy.ts';
import { createSetPassword } from './portal/accounts/set-password.ts';
import { createTokenBroker } from './portal/broker/token-broker.ts';
import { dryRunAccounts, dryRunAudit, dryRunSessions, dryRunTenants } from './portal/dry-run-stores.ts';
import { auditedExchange } from './portal/audited-exchange.ts';
import { auditedLockouts } from './portal/audited-lockouts.ts';
import { keepHouse } from './portal/housekeeping.ts';
import { createTokenIssuer } from './portal/issue-token.ts';
import { observed, observedRegistry } from './portal/observed.ts';
import { createPasswordHasher } from './portal/password.ts';
import { createPasswordVerifier } from './portal/password-verifier.ts';
import { createQlikDeparture } from './portal/qlik-users/leave-qlik.ts';
import { createManagementAccess } from './portal/qlik-users/management-access.ts';
import { createQlikUserLinks } from './portal/qlik-users/qlik-user-links.ts';
import { createSignIn } from './portal/sign-in.ts';
import { createSignOut } from './portal/sign-out.ts';
import { createSignInSso } from './portal/sign-in-sso.ts';
import { createSsoSignOut } from './portal/sso-sign-out.ts';
import { publicLookup } from './qlik/address.ts';
import { createQlikApps } from './qlik/apps.ts';
import { createDryRunHttp } from './qlik/dry-run-http.ts';
import { createQlikHttp } from './qlik/http.ts';
import { createQlikOAuth } from './qlik/oauth.ts';
import { createQlikClients } from './qlik/oauth-clients.ts';
import { createPatientHttp } from './qlik/patient-http.ts';
import { createQlikProbe } from './qlik/probe.ts';
import { createQlikUsers } from './qlik/users.ts';
import { databasePlace, sqliteMaintenance } from './storage/maintenance.ts';
import { openSharing } from './storage/open-sharing.ts';
import { createMemoryExchangeBudget } from './storage/memory/exchange-budget.ts';
import { openStorage } from './storage/open-storage.ts';
import { createApp } from './web/app.ts';
import { embedPolicy } from './web/content-security-policy.ts';
import type { Sso } from './web/routes/sso.ts';

/** For one request to an identity provider, in ms. */
const PROVIDER_TIMEOUT_MS = 5_000;
/** What is still being done in tenants gets this long when the portal stops. */
const SETTLE_WITHIN_MS = 2_000;
const HOUR_MS = 3_600_000;

export interface ComposeOptions {
  readonly log: Log;
  readonly clock?: Clock;
}

/** The portal with real parts in every place. Nothing connects or listens until it is used. */
export type Portal = ReturnType<typeof composePortal>;

/** The one place that picks the parts; the server, the command line, the demo and the tests all start here. */
export function composePortal(config: Config, { log, clock = systemClock }: ComposeOptions) {
  const { encryptionKeys, redisUrl, signInLimits } = config;
  const metrics = config.metrics && createMetrics();
  const observe = metrics?.observe ?? unobserved;
  const sharing = openSharing({
    redisUrl,
    encryptionKeys,
    exchangeLimit: exchangeLimit(config.qlik.exchangesPerMinute),
    signInLimits,
    clock,
    timer: systemTimer,
    log,
    observe: observe.token,
  });
  const kept = openStorage({
    database: config.database,
    encryptionKeys,
    clock,
    log,
    redis: sharing.redis,
    longestSessionMs: config.session.absoluteLimitMs,
  });
  const storage = { ...kept, sessionRegistry: observedRegistry(kept.sessionRegistry, observe) };
  metrics?.watch(() => storage.ping());
  const http = createQlikHttp({ clock, log, ...config.qlik });
  const oauth = createQlikOAuth({ http, clock });
  const qlik = { oauth, clients: createQlikClients(http), users: createQlikUsers(http) };
  const broker = createTokenBroker({
    oauth: auditedExchange(oauth, { audit: storage.audit, log }),
    store: sharing.tokenStore,
    budget: sharing.exchangeBudget,
    clock,
    timer: systemTimer,
    random: Math.random,
    log,
    observe: observe.token,
    options: { minRemainingMs: config.qlik.tokenMinLifetimeMs },
  });
  const providerHttp = createProviderHttp({
    publicLookup: publicLookup({ allowLoopback: config.sso.allowLoopbackIssuers }),
    allowLoopbackIssuers: config.sso.allowLoopbackIssuers,
    timeoutMs: PROVIDER_TIMEOUT_MS,
  });
  const identityProviders = createIdentityProviders({
    providers: config.sso.providers,
    publicUrl: config.publicUrl,
    http: providerHttp,
    timeoutMs: PROVIDER_TIMEOUT_MS,
    clock,
    log,
  });
  const management = createManagementAccess({ oauth, clock });
  const links = createQlikUserLinks({
    management,
    qlikUsers: qlik.users,
    qlikLinks: storage.qlikLinks,
    accounts: storage.users,
    subjects: storage.subjects,
    subjectPrefix: config.qlik.subjectPrefix,
    audit: storage.audit,
    clock,
    timer: systemTimer,
    log,
  });
  const tokens = createTokenIssuer({ broker, clock, linkQlikUser: (subject) => links.linked(subject) });
  const departure = createQlikDeparture({
    tokens,
    oauth,
    subjects: storage.subjects,
    sessions: storage.sessionDirectory,
    absoluteLimitMs: config.session.absoluteLimitMs,
    audit: storage.audit,
    clock,
    timer: systemTimer,
    log,
  });
  return {
    config,
    clock,
    log,
    metrics,
    observe,
    storage,
    http,
    qlik,
    links,
    identityProviders,
    tokens,
    departure,
    hasher: createPasswordHasher(),
    signInLimits: auditedLockouts(sharing.signInLimits, { ...storage, clock }),
    async close() {
      await Promise.all([links.settle(SETTLE_WITHIN_MS), departure.settle(SETTLE_WITHIN_MS)]);
      await management.close();
      await http.close();
      await providerHttp.close();
      await storage.close();
      sharing.close();
    },
  };
}

/** What the command line works with: the portal's parts, but patient, and without effect in a dry run. */
export function composeOps({ config, clock, storage, http }: Portal, { dryRun, patience }: OpsOptions = {}) {
  const patient = patience === undefined ? http : createPatientHttp(http, { onWait: patience });
  const wire = dryRun === undefined ? patient : createDryRunHttp(patient, dryRun);
  const { tenants, audit, users: accounts, sessionRegistry: sessions } = storage;
  const stores =
    dryRun === undefined
      ? { tenants, audit, accounts, sessions }
      : {
          tenants: dryRunTenants(tenants),
          audit: dryRunAudit,
          accounts: dryRunAccounts(accounts),
          sessions: dryRunSessions,
        };
  return {
    ...stores,
    oauth: createQlikOAuth({ http: wire, clock }),
    clients: createQlikClients(wire),
    users: createQlikUsers(wire),
    allowLoopbackTenants: config.qlik.allowLoopbackTenants,
  };
}

/** Waits until one more write fits into half of what the portal allows itself: people come first. */
export function composePace({ config, clock }: Portal): (host: string) => Promise<void> {
  const perMinute = Math.ceil(config.qlik.exchangesPerMinute / 2);
  const budget = createMemoryExchangeBudget(clock, exchangeLimit(perMinute));
  return async (host) => {
    for (;;) {
      const allowance = await budget.take(host);
      if (allowance.granted) return;
      await sleep(allowance.waitMs);
    }
  };
}

/** What the server does in the background, until `stopping` is aborted. */
export function composeHousekeeping(
  { config, clock, log, storage }: Portal,
  stopping: AbortSignal,
): Promise<void> {
  const { auditRetentionMs } = config;
  const sweepAudit = () => storage.audit.removeBefore(clock.now() - auditRetentionMs);
  return keepHouse({
    chores: [
      { name: 'sessions', everyMs: HOUR_MS, run: () => storage.sweepSessions() },
      { name: 'password links', everyMs: HOUR_MS, run: () => storage.passwordLinks.sweep() },
      ...(auditRetentionMs === 0 ? [] : [{ name: 'audit log', everyMs: 24 * HOUR_MS, run: sweepAudit }]),
    ],
    timer: systemTimer,
    random: Math.random,
    log,
    stopping,
  });
}

/** What the command line does with the portal's own database. */
export function composeDatabase({ config: { database }, log }: Portal) {
  return {
    kind: database.kind,
    place: databasePlace(database),
    sqlite: sqliteMaintenance(database, { log }),
  };
}

/** What the doctor looks with: impatient, because a tenant that makes people wait is what it is there to name. */
export function composeDoctor({ clock, storage, http, qlik }: Portal) {
  const { tenants } = storage;
  return { ...qlik, apps: createQlikApps(http), probe: createQlikProbe(http), tenants, clock, embedPolicy };
}

/** The portal over HTTP; `stopping` is aborted when the server begins to stop. */
export function composeApp(portal: Portal, stopping: AbortSignal): Express {
  const { config, clock, log, storage, tokens, hasher, departure, observe } = portal;
  const { signInLimits: limits } = portal;
  const { users, subjects, audit } = storage;
  return createApp({
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    cspReportOnly: config.cspReportOnly,
    session: { store: storage.sessions, ...config.session },
    subjects,
    signIn: observed(
      createSignIn({
        users,
        subjects,
        passwords: createPasswordVerifier({ users, hasher }),
        limits,
        audit,
      }),
      (result) => observe.signIn({ method: 'password', result }),
    ),
    signOut: observed(createSignOut({ audit, leaveQlik: (userId) => departure.leave(userId) }), () =>
      observe.sessionsEnded({ by: 'owner', count: 1 }),
    ),
    ...composeAccounts(portal),
    sso: config.sso.providers.length === 0 ? undefined : composeSso(portal),
    tokens,
    ready: () => storage.ping(),
    stopping,
    observeRequest: observe.request,
    clock,
    log,
  });
}

/** What people do with their own accounts. */
function composeAccounts({ config, clock, storage, hasher, links, signInLimits: limits }: Portal) {
  const { users, subjects, passwordLinks, audit, sessionRegistry: sessions } = storage;
  const policy = createPasswordPolicy();
  const passwords = createPasswordVerifier({ users, hasher });
  return {
    onSignedIn: ({ userId }: Principal) => links.begin(userId),
    changePassword: createChangePassword({ users, passwords, sessions, limits, policy, hasher, audit }),
    ownAccount: createOwnAccount({
      users,
      directory: storage.sessionDirectory,
      sessions,
      absoluteLimitMs: config.session.absoluteLimitMs,
      audit,
      clock,
    }),
    setPassword: createSetPassword({ passwordLinks, subjects, sessions, limits, policy, hasher, audit }),
  };
}

function composeSso({
  storage,
  departure,
  identityProviders: providers,
  signInLimits: limits,
  observe,
}: Portal): Sso {
  const { identities, users, subjects, audit, sessionRegistry: sessions } = storage;
  const signIn = createSignInSso({ providers, identities, users, subjects, limits, audit });
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
      audit,
      leaveQlik: (userId) => departure.leave(userId),
    }),
  };
}
