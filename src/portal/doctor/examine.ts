import type { TenantId } from '../../domain/model/ids.ts';
import type { QlikUserRef } from '../../domain/model/account.ts';
import type { ManagementCredentials } from '../tenants/management-token.ts';
import { runChecks, type Check, type CheckReport } from './checks.ts';
import { CLIENT_CHECKS } from './client-checks.ts';
import { impersonationOf, type TenantDoctorDeps, type TenantFacts } from './facts.ts';
import { PERSON_CHECKS, POLICY_CHECK } from './person-checks.ts';
import { COOKIE_CHECK, PORTAL_CHECKS, type PortalFacts } from './portal-checks.ts';
import { TENANT_CHECKS } from './tenant-checks.ts';

export { findingOf, type CheckReport } from './checks.ts';

export interface TenantToExamine {
  readonly tenantId: TenantId;
  readonly portalOrigin: string;
  /** Whom to try a token for. */
  readonly user: QlikUserRef | undefined;
  readonly admin: ManagementCredentials | undefined;
  readonly cspReportOnly: boolean;
}

/** Looks at the portal itself. Never throws: what goes wrong is what it reports. */
export async function examinePortal(facts: PortalFacts): Promise<CheckReport[]> {
  return runChecks(PORTAL_CHECKS, facts);
}

/** Whether browsers will keep the portal's cookies; reported last, after the tenants. */
export async function examineCookies(facts: PortalFacts): Promise<CheckReport[]> {
  return runChecks([COOKIE_CHECK], facts);
}

/** Looks at one tenant, in order from the far to the near. Never throws, and changes nothing. */
export async function examineTenant(
  deps: TenantDoctorDeps,
  { admin: givenAdmin, ...tenant }: TenantToExamine,
): Promise<CheckReport[]> {
  const facts: TenantFacts = { ...deps, ...tenant, givenAdmin };
  const checks: Check<TenantFacts>[] = [...TENANT_CHECKS, ...CLIENT_CHECKS, ...PERSON_CHECKS, POLICY_CHECK];
  try {
    return await runChecks(checks, facts);
  } finally {
    await tidyUp(facts);
  }
}

/** A monitor asks every minute: its tokens must not pile up. */
async function tidyUp(facts: TenantFacts): Promise<void> {
  const { oauth, tenant, token, adminToken } = facts;
  if (tenant === undefined) return;
  const { host } = tenant;
  const made = [
    ...(token ? [{ client: impersonationOf(facts), token }] : []),
    ...(adminToken ? [adminToken] : []),
  ];
  for (const each of made) await oauth.revoke({ host, ...each }).catch(() => undefined);
}
