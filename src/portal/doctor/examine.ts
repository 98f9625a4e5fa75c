import type { QlikUserRef } from '../../domain/model/account.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { ManagementCredentials } from '../tenants/management-token.ts';
import { findingOf, runChecks, type Check, type CheckReport } from './checks.ts';
import { CLIENT_CHECKS } from './client-checks.ts';
import { impersonationOf, type TenantDoctorDeps, type TenantFacts } from './facts.ts';
import { PERSON_CHECKS, POLICY_CHECK } from './person-checks.ts';
import { CONFIGURATION, COOKIE_CHECK, PORTAL_CHECKS, type PortalFacts } from './portal-checks.ts';
import { TENANT_CHECKS } from './tenant-checks.ts';

export interface DoctorDeps extends TenantDoctorDeps {
  readonly portal: PortalFacts;
  readonly accounts: Pick<AccountStore, 'list'>;
  readonly cspReportOnly: boolean;
}

export interface DoctorRequest {
  /** All tenants by default. */
  readonly tenantId: TenantId | undefined;
  /** Whom to impersonate; by default the Qlik user of an active account of the tenant. */
  readonly user: QlikUserRef | undefined;
  /** By default what is stored for each tenant. */
  readonly management: ManagementCredentials | undefined;
}

/** Checks of the portal, or of one tenant. */
export interface Examination {
  /** null for the portal itself. */
  readonly tenant: TenantId | null;
  readonly checks: readonly CheckReport[];
}

/**
 * Checks the portal, then its tenants. Changes nothing, and reports faults instead of throwing them; it stops early
 * where the portal itself is faulty.
 */
export async function examine(deps: DoctorDeps, request: DoctorRequest): Promise<Examination[]> {
  const first = { tenant: null, checks: await runChecks(PORTAL_CHECKS, deps.portal) };
  if (first.checks.some(({ status }) => status === 'fault')) return [first];
  const ids = request.tenantId === undefined ? await tenantIds(deps) : [request.tenantId];
  if ('unreadable' in ids) return [first, ids.unreadable];
  const tenants: Examination[] = [];
  for (const tenant of ids)
    tenants.push({ tenant, checks: await examineTenant(deps, { ...request, tenantId: tenant }) });
  return [first, ...tenants, { tenant: null, checks: await runChecks([COOKIE_CHECK], deps.portal) }];
}

/** What there is to report where the configuration is invalid, and no portal can be opened. */
export function invalidConfiguration(message: string): Examination {
  const { id, title, why } = CONFIGURATION;
  const fix = 'Correct the variables; .env.example explains each.';
  return { tenant: null, checks: [{ id, title, why, status: 'fault', found: message, fix }] };
}

/** A secret of one tenant that cannot be decrypted fails the list of all. */
async function tenantIds({
  tenants,
}: DoctorDeps): Promise<readonly TenantId[] | { readonly unreadable: Examination }> {
  try {
    return (await tenants.list()).map(({ id }) => id);
  } catch (error) {
    const why = 'every token exchange decrypts them';
    const check = { id: 'encryption', title: 'stored secrets of the tenants', why, ...findingOf(error) };
    return { unreadable: { tenant: null, checks: [check] } };
  }
}

async function examineTenant(
  { portal, ...deps }: DoctorDeps,
  { tenantId, user, management }: DoctorRequest & { readonly tenantId: TenantId },
): Promise<CheckReport[]> {
  const facts: TenantFacts = {
    ...deps,
    tenantId,
    portalOrigin: portal.publicUrl,
    user: user ?? (await someQlikUser(deps, tenantId)),
    givenManagement: management,
  };
  const checks: Check<TenantFacts>[] = [...TENANT_CHECKS, ...CLIENT_CHECKS, ...PERSON_CHECKS, POLICY_CHECK];
  try {
    return await runChecks(checks, facts);
  } finally {
    await revokeTokens(facts);
  }
}

async function someQlikUser(
  { accounts }: Pick<DoctorDeps, 'accounts'>,
  id: TenantId,
): Promise<QlikUserRef | undefined> {
  const mapped = (await accounts.list(id)).find(
    ({ status, qlikUser }) => status === 'active' && qlikUser !== null,
  );
  return mapped?.qlikUser ?? undefined;
}

/** A monitor runs the doctor every minute: its tokens must not add up. */
async function revokeTokens(facts: TenantFacts): Promise<void> {
  const { oauth, tenant, token, managementToken } = facts;
  if (tenant === undefined) return;
  const { host } = tenant;
  const issued = [
    ...(token ? [{ client: impersonationOf(facts), token }] : []),
    ...(managementToken ? [managementToken] : []),
  ];
  for (const each of issued) await oauth.revoke({ host, ...each }).catch(() => undefined);
}
