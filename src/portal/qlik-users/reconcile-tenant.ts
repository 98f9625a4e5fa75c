import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import type { AccountId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Tenant } from '../../domain/model/tenant.ts';
import type { Account } from '../../domain/model/account.ts';
import { pages } from '../../runtime/pages.ts';
import { record } from '../audit.ts';
import { syncQlikUser, diffQlikUser } from './sync-qlik-user.ts';
import { accountIdOfSubject } from './portal-subject.ts';
import { isUsedByOtherAccount } from './used-by-other-account.ts';

/** One way in which portal and tenant differ. */
export interface QlikUserDrift {
  readonly what:
    | 'not linked'
    | 'behind its account'
    | 'active, but its account is disabled'
    | 'active, but its account is gone'
    | 'disabled by the tenant'
    | 'gone from the tenant';
  readonly email: string | null;
  readonly qlikUserId: string;
  /** What of it differs. */
  readonly fields: readonly string[];
  /** Null where the portal leaves it to people. */
  readonly mended: boolean | null;
}

export interface ReconcileDeps {
  /** Paced: a tenant may have a great many people. */
  readonly qlikUsers: Pick<QlikUsers, 'page' | 'find' | 'update'>;
  readonly accounts: Pick<AccountStore, 'list'>;
  readonly qlikMappings: QlikMappingStore;
  readonly subjectPrefix: string;
  readonly audit: AuditLog;
}

export interface ReconcileRequest {
  readonly tenant: Tenant;
  readonly access: TenantAccess;
  readonly mend: boolean;
  readonly actor: string;
  readonly progress: (drift: QlikUserDrift) => void;
}

/**
 * Compares the Qlik users that the portal made in a tenant with the accounts, and mends on request what is the portal's
 * to mend. It makes no users (sign-in does) and enables none (the tenant may have had its reasons).
 * Codes: those of QlikUsers.
 */
export async function reconcileTenant(
  deps: ReconcileDeps,
  request: ReconcileRequest,
): Promise<readonly QlikUserDrift[]> {
  const own = await ownQlikUsers(deps, request.access);
  const drifts: QlikUserDrift[] = [];
  const note = (drift: QlikUserDrift) => {
    drifts.push(drift);
    request.progress(drift);
  };
  const accounts = await deps.accounts.list(request.tenant.id);
  for (const account of accounts) {
    const made = own.get(account.id);
    const drift = await driftOf(deps, request, { account, made, accounts });
    if (drift) note(drift);
    own.delete(account.id);
  }
  for (const left of own.values()) {
    if (left.status !== 'active' || isUsedByOtherAccount(left, accounts)) continue;
    const mended = await disable(deps, request, left);
    note({ what: 'active, but its account is gone', email: left.email ?? null, ...about(left), mended });
  }
  return drifts;
}

/** Tenants have far more users than clients or tokens. */
const BOUNDS = { maxPages: 1_000, maxItems: 100_000 };

/** By the account that each was made for. */
async function ownQlikUsers(
  { qlikUsers, subjectPrefix }: ReconcileDeps,
  access: TenantAccess,
): Promise<Map<AccountId, QlikUser>> {
  const own = new Map<AccountId, QlikUser>();
  const query = { subjectContains: subjectPrefix };
  for await (const users of pages((cursor) => qlikUsers.page(access, { ...query, ...cursor }), BOUNDS)) {
    for (const user of users) {
      const account = accountIdOfSubject(subjectPrefix, user.subject);
      if (account !== undefined && user.status !== 'deleted') own.set(account, user);
    }
  }
  return own;
}

interface Pair {
  readonly account: Account;
  readonly made: QlikUser | undefined;
  /** All of the tenant. */
  readonly accounts: readonly Account[];
}

async function driftOf(
  deps: ReconcileDeps,
  request: ReconcileRequest,
  { account, made, accounts }: Pair,
): Promise<QlikUserDrift | undefined> {
  const { email } = account;
  const linkedElsewhere = account.qlikUser !== null && made?.id !== account.qlikUser.value;
  if (account.status === 'disabled') {
    if (made?.status !== 'active' || isUsedByOtherAccount(made, accounts, account.id)) return undefined;
    const mended = await disable(deps, request, made, account);
    return { what: 'active, but its account is disabled', email, ...about(made), mended };
  }
  if (linkedElsewhere) return goneElsewhere(deps, request, account);
  if (made === undefined) return undefined;
  if (made.status === 'disabled') {
    return { what: 'disabled by the tenant', email, ...about(made), mended: null };
  }
  if (account.qlikUser === null) {
    const mended = await link(deps, request, { account, made });
    return { what: 'not linked', email, ...about(made), mended };
  }
  const fields = Object.keys((await diffQlikUser(deps, account, made)).change);
  if (fields.length === 0) return undefined;
  const mended = await step(deps, request, { account, made });
  return { what: 'behind its account', email, ...about(made), fields, mended };
}

/** Whom ops named, or who was left over by another account: it only has to be there. */
async function goneElsewhere(
  { qlikUsers }: ReconcileDeps,
  { access }: ReconcileRequest,
  { email, qlikUser }: Account,
): Promise<QlikUserDrift | undefined> {
  if (qlikUser?.field !== 'userId') return undefined;
  const found = await qlikUsers.find(access, { field: 'id', value: qlikUser.value });
  if (found.some(({ id, status }) => id === qlikUser.value && status !== 'deleted')) return undefined;
  return { what: 'gone from the tenant', email, qlikUserId: qlikUser.value, fields: [], mended: null };
}

async function disable(
  deps: ReconcileDeps,
  { access, mend, actor, tenant }: ReconcileRequest,
  { id }: QlikUser,
  account?: Account,
): Promise<boolean> {
  if (!mend) return false;
  await deps.qlikUsers.update(access, id, { status: 'disabled' });
  if (account) await deps.qlikMappings.setClosedUser(account.id, id);
  const who = { audit: deps.audit, actor, tenantId: tenant.id, ...(account && { userId: account.id }) };
  await record(who, 'qlik-user.disable', { qlikUserId: id });
  return true;
}

async function link(
  deps: ReconcileDeps,
  { mend, actor, tenant }: ReconcileRequest,
  { account: user, made }: { readonly account: Account; readonly made: QlikUser },
): Promise<boolean> {
  if (!mend) return false;
  const to = { field: 'userId', value: made.id } as const;
  const linked = await deps.qlikMappings.replace(user.id, { from: null, to });
  const who = { audit: deps.audit, actor, tenantId: tenant.id, userId: user.id };
  if (linked) await record(who, 'qlik-user.link', { qlikUserId: made.id, how: 'reconcile' });
  return linked;
}

async function step(
  deps: ReconcileDeps,
  { access, mend, actor, tenant }: ReconcileRequest,
  { account: user, made }: { readonly account: Account; readonly made: QlikUser },
): Promise<boolean> {
  if (!mend) return false;
  const changed = Object.keys(await syncQlikUser(deps, { account: user, qlikUser: made, access })).join(', ');
  const who = { audit: deps.audit, actor, tenantId: tenant.id, userId: user.id };
  await record(who, 'qlik-user.update', { qlikUserId: made.id, changed });
  return true;
}

function about({ id }: QlikUser) {
  return { qlikUserId: id, fields: [] };
}
