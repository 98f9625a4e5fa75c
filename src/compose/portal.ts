import type { Config } from '../config/config.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { exchangeLimit } from '../domain/rules/exchange-limit.ts';
import type { Log } from '../runtime/log.ts';
import { unobserved } from '../runtime/observe.ts';
import { systemTimer, type Timer } from '../runtime/timer.ts';
import { createTokenBroker } from '../portal/tokens/token-broker.ts';
import { auditedExchange } from '../portal/tokens/audited-exchange.ts';
import { auditedLockouts } from '../portal/sign-in/audited-lockouts.ts';
import { createTokenIssuer } from '../portal/tokens/issue-token.ts';
import { observedRegistry } from '../portal/sign-in/observed.ts';
import { createPasswordHasher } from '../portal/sign-in/password.ts';
import { createTokenRevoker } from '../portal/qlik-users/token-revoker.ts';
import { createManagementAccess } from '../portal/qlik-users/management-access.ts';
import { createQlikUserMappings } from '../portal/qlik-users/qlik-user-mappings.ts';
import { createTenantPace } from '../portal/tokens/tenant-pace.ts';
import { createQlikHttp } from '../qlik/http.ts';
import { createLanes } from '../qlik/lanes.ts';
import { createQlikOAuth } from '../qlik/oauth.ts';
import { createQlikClients } from '../qlik/oauth-clients.ts';
import { createQlikTokens } from '../qlik/oauth-tokens.ts';
import { createQlikUsers } from '../qlik/users.ts';
import { openSharedState } from '../storage/open-shared-state.ts';
import { openStorage } from '../storage/open-storage.ts';
import { composeIdentityProviders } from './identity-providers.ts';

/** How long work in tenants may still take when the portal stops. */
const DRAIN_MS = 2_000;

export interface ComposeOptions {
  readonly log: Log;
  readonly clock?: Clock;
  readonly timer?: Timer;
}

/** The portal with real parts in every place. Nothing connects or listens until it is used. */
export type Portal = Awaited<ReturnType<typeof composePortal>>;

/**
 * The one place that picks the parts; the server, the command line, the demo and the tests all start here. What the
 * configuration does not ask for is not loaded: Redis' client, the metrics and single sign-on are a third of a start.
 */
export async function composePortal(
  config: Config,
  { log, clock = systemClock, timer = systemTimer }: ComposeOptions,
) {
  const { encryptionKeys, redisUrl, signInLimits } = config;
  const metrics = config.metrics && (await import('../metrics/create-metrics.ts')).createMetrics();
  const observe = metrics?.observe ?? unobserved;
  const shared = await openSharedState(redisUrl, {
    encryptionKeys,
    exchangeLimit: exchangeLimit(config.qlik.exchangesPerMinute),
    signInLimits,
    clock,
    timer,
    log,
    observe: observe.token,
  });
  const kept = openStorage({
    database: config.database,
    encryptionKeys,
    clock,
    log,
    redis: shared.redis,
    longestSessionMs: config.session.absoluteLimitMs,
  });
  const storage = { ...kept, sessionRegistry: observedRegistry(kept.sessionRegistry, observe) };
  const http = createQlikHttp({ clock, log, ...config.qlik });
  const oauth = createQlikOAuth({ http, clock });
  const qlik = { oauth, clients: createQlikClients(http), users: createQlikUsers(http) };
  const stopping = new AbortController();
  const budget = shared.exchangeBudget;
  const lanes = createLanes(http, {
    pace: createTenantPace({ budget, timer, stopping: stopping.signal }),
    budget,
    stopping: stopping.signal,
  });
  const closingOAuth = createQlikOAuth({ http: lanes.closing, clock });
  const broker = createTokenBroker({
    oauth: auditedExchange(oauth, { audit: storage.audit, log }),
    store: shared.tokenStore,
    budget,
    clock,
    timer,
    random: Math.random,
    log,
    observe: observe.token,
    options: { minRemainingMs: config.qlik.tokenMinLifetimeMs },
  });
  const identityProviders = await composeIdentityProviders(config, { clock, log });
  const management = createManagementAccess({ oauth: closingOAuth, clock });
  const qlikUserMappings = createQlikUserMappings({
    management,
    qlikUsers: createQlikUsers(lanes.queued),
    qlikMappings: storage.qlikMappings,
    accounts: storage.accounts,
    tenantMembers: storage.tenantMembers,
    subjectPrefix: config.qlik.subjectPrefix,
    audit: storage.audit,
    clock,
    timer,
    log,
  });
  const tokens = createTokenIssuer({
    broker,
    clock,
    mapQlikUser: (member, source) => qlikUserMappings.mapped(member, source),
  });
  const tokenRevoker = createTokenRevoker({
    tokens,
    oauth: createQlikOAuth({ http: lanes.urgent, clock }),
    closingOAuth,
    management,
    qlikUsers: createQlikUsers(lanes.urgent),
    qlikTokens: createQlikTokens(lanes.urgent),
    tenantMembers: storage.tenantMembers,
    tenants: storage.tenants,
    sessions: storage.sessionDirectory,
    absoluteLimitMs: config.session.absoluteLimitMs,
    audit: storage.audit,
    clock,
    timer,
    log,
  });
  return {
    config,
    clock,
    timer,
    log,
    metrics,
    observe,
    storage,
    http,
    exchangeBudget: budget,
    qlik,
    qlikUserMappings,
    identityProviders,
    tokens,
    tokenRevoker,
    hasher: createPasswordHasher(),
    signInLimits: auditedLockouts(shared.signInLimits, { ...storage, clock }),
    async close() {
      stopping.abort();
      await Promise.all([qlikUserMappings.drain(DRAIN_MS), tokenRevoker.drain(DRAIN_MS)]);
      await management.close();
      await http.close();
      await identityProviders?.close();
      await storage.close();
      shared.close();
    },
  };
}
