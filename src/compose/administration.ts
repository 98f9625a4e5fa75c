import { exchangeLimit } from '../domain/rules/exchange-limit.ts';
import type { OpsOptions } from '../domain/model/ops.ts';
import type { TenantPace } from '../domain/ports/tenant-pace.ts';
import {
  dryRunAccounts,
  dryRunAudit,
  dryRunSessions,
  dryRunTenants,
} from '../portal/tenants/dry-run-stores.ts';
import { createQlikApps } from '../qlik/apps.ts';
import { createDryRunHttp } from '../qlik/dry-run-http.ts';
import type { QlikHttp } from '../qlik/http.ts';
import { queuedLane, retryingLane } from '../qlik/lanes.ts';
import { createQlikOAuth } from '../qlik/oauth.ts';
import { createQlikClients } from '../qlik/oauth-clients.ts';
import { createQlikProbe } from '../qlik/probe.ts';
import { createQlikUsers } from '../qlik/users.ts';
import { databaseMaintenance } from '../storage/maintenance/database-maintenance.ts';
import { createMemoryExchangeBudget } from '../storage/memory/exchange-budget.ts';
import { embedPolicy } from '../web/pages/content-security-policy.ts';

import { createTenantPace } from '../portal/tokens/tenant-pace.ts';
import type { Portal } from './portal.ts';

/** What a tenant lets a client read. */
const TIER_1_PER_MINUTE = 1_000;

/** What the command line works with: the portal's parts, but patient, and without effect in a dry run. */
export function composeAdministration(portal: Portal, { dryRun, patience }: OpsOptions = {}) {
  const { config, clock, storage, http } = portal;
  const wired = (real: QlikHttp) => {
    const patient = patience === undefined ? real : retryingLane(real, { onWait: patience });
    return dryRun === undefined ? patient : createDryRunHttp(patient, dryRun);
  };
  const wire = wired(http);
  const { tenants, audit, accounts, sessionRegistry: sessions } = storage;
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
    // A dry run writes nothing to pace, and its one wire remembers what it has planned.
    users: createQlikUsers(dryRun === undefined ? wired(queuedLane(http, composeOpsPace(portal))) : wire),
    allowLoopbackTenants: config.qlik.allowLoopbackTenants,
  };
}

/** Half of what a tenant takes, so that people come first; what is written comes out of the portal's budget as well. */
function composeOpsPace({ config, clock, timer, exchangeBudget }: Portal): {
  reads: TenantPace;
  writes: TenantPace;
} {
  const half = (perMinute: number) => {
    const budget = createMemoryExchangeBudget(clock, exchangeLimit(Math.ceil(perMinute / 2)));
    return createTenantPace({ budget, timer });
  };
  const own = half(config.qlik.exchangesPerMinute);
  const shared = createTenantPace({ budget: exchangeBudget, timer });
  return {
    reads: half(TIER_1_PER_MINUTE),
    writes: {
      async acquire(host) {
        await own.acquire(host);
        await shared.acquire(host);
      },
      pause: (host, ms) => shared.pause(host, ms),
    },
  };
}

/** What the command line does with the portal's own database. */
export function composeDatabase({ config: { database }, log }: Portal) {
  return databaseMaintenance(database, { log });
}

/** What the doctor looks with: impatient, because a tenant that makes people wait is what it is there to name. */
export function composeDoctor({ clock, storage, http, qlik }: Portal) {
  const { tenants } = storage;
  return { ...qlik, apps: createQlikApps(http), probe: createQlikProbe(http), tenants, clock, embedPolicy };
}
