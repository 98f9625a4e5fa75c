import type { AuditFilter } from '../domain/ports/audit-log.ts';
import { findAccountId } from '../portal/accounts/find-account-id.ts';
import { examine, type DoctorRequest } from '../portal/doctor/examine.ts';
import { rotateEncryptionKey } from '../portal/tenants/rotate-encryption-key.ts';
import { createQlikApps } from '../qlik/apps.ts';
import { createQlikProbe } from '../qlik/probe.ts';
import { embedPolicy } from '../web/pages/content-security-policy.ts';
import { composeAccounts } from './administration/accounts.ts';
import { composeDatabase } from './administration/database.ts';
import { type AdministrationOptions, composeQlik } from './administration/qlik.ts';
import { composeTenants } from './administration/tenants.ts';
import type { Portal } from './portal.ts';

export type Administration = ReturnType<typeof composeAdministration>;

/**
 * Every verb that ops use, wired once, for the command line and any console. Verbs take plain inputs and return their
 * results; `actor` is who the audit log names.
 */
export function composeAdministration(portal: Portal, options: AdministrationOptions = {}) {
  const { clock, storage } = portal;
  const qlik = composeQlik(portal, options);
  return {
    clock,
    tenants: composeTenants(portal, qlik),
    accounts: composeAccounts(portal, qlik, options),
    database: composeDatabase(portal),
    rotateEncryptionKey: (request: Parameters<typeof rotateEncryptionKey>[1]) =>
      rotateEncryptionKey(storage, request),
    /** `user` is an id or an e-mail, also of a removed account. */
    async readAudit({
      user,
      ...filter
    }: Omit<AuditFilter, 'userId'> & { readonly user?: string | undefined }) {
      const userId = user === undefined ? undefined : await findAccountId(storage, user);
      return storage.audit.read({ ...filter, ...(userId !== undefined && { userId }) });
    },
    examine: (request: DoctorRequest) => examine(doctorDeps(portal), request),
  };
}

/** Without retries: a slow tenant is a finding. */
function doctorDeps({ config, clock, storage, http, qlik }: Portal) {
  const { tenants, accounts } = storage;
  return {
    ...qlik,
    apps: createQlikApps(http),
    probe: createQlikProbe(http),
    tenants,
    accounts,
    clock,
    embedPolicy,
    cspReportOnly: config.cspReportOnly,
    portal: { ...config, ...config.qlik, storage },
  };
}
