import { setTimeout as sleep } from 'node:timers/promises';
import { exchangeLimit } from '../domain/exchange-budget.ts';
import type { OpsOptions } from '../domain/ops.ts';
import { dryRunAccounts, dryRunAudit, dryRunSessions, dryRunTenants } from '../portal/dry-run-stores.ts';
import { createQlikApps } from '../qlik/apps.ts';
import { createDryRunHttp } from '../qlik/dry-run-http.ts';
import { createQlikOAuth } from '../qlik/oauth.ts';
import { createQlikClients } from '../qlik/oauth-clients.ts';
import { createPatientHttp } from '../qlik/patient-http.ts';
import { createQlikProbe } from '../qlik/probe.ts';
import { createQlikUsers } from '../qlik/users.ts';
import { databasePlace, sqliteMaintenance } from '../storage/maintenance.ts';
import { createMemoryExchangeBudget } from '../storage/memory/exchange-budget.ts';
import { embedPolicy } from '../web/content-security-policy.ts';

import type { Portal } from './portal.ts';

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
