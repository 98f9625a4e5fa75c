import type { AccountId } from '../../domain/model/ids.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { TenantAccess } from '../../domain/model/tenant-access.ts';
import type { QlikUser, QlikUsers } from '../../domain/ports/qlik/qlik-users.ts';
import type { Account } from '../../domain/model/account.ts';
import { pages } from '../../runtime/pages.ts';
import { findStored } from './find-qlik-user.ts';
import { diffQlikUser } from './sync-qlik-user.ts';
import { createRepairs, type RepairContext, type RepairDeps, type Repairs } from './repair-qlik-user.ts';
import { accountIdOfSubject } from './portal-subject.ts';
import { isUsedByOtherAccount } from './used-by-other-account.ts';

/** A difference between portal and tenant. */
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
  /** The fields that differ. */
  readonly fields: readonly string[];
  /** Whether it was repaired; null where the portal cannot repair it. */
  readonly mended: boolean | null;
}

export interface ReconcileDeps extends RepairDeps {
  readonly qlikUsers: Pick<QlikUsers, 'page' | 'find' | 'update'>;
  readonly accounts: Pick<AccountStore, 'list'>;
  readonly subjectPrefix: string;
}

export interface ReconcileRequest extends RepairContext {
  /** Repairs what differs, not only reports it. */
  readonly repair: boolean;
  readonly progress: (drift: QlikUserDrift) => void;
}

interface Found extends Omit<QlikUserDrift, 'mended' | 'fields'> {
  readonly fields?: readonly string[];
  /** Returns whether it was repaired; absent where the portal cannot repair it. */
  readonly repair?: () => Promise<boolean>;
}

/**
 * Compares the Qlik users that the portal created in a tenant with its accounts and, on request, repairs differences.
 * Creates no users (sign-in does) and enables none (the tenant may have disabled them on purpose).
 * @throws PortalError those of QlikUsers
 */
export async function reconcileTenant(
  deps: ReconcileDeps,
  request: ReconcileRequest,
): Promise<readonly QlikUserDrift[]> {
  const { progress, tenant, access } = request;
  const drifts: QlikUserDrift[] = [];
  async function report({ what, email, qlikUserId, fields = [], repair }: Found): Promise<void> {
    const mended = repair === undefined ? null : request.repair && (await repair());
    const drift = { what, email, qlikUserId, fields, mended };
    drifts.push(drift);
    progress(drift);
  }

  const repairs = createRepairs(deps, request);
  const createdFor = await createdQlikUsers(deps, access);
  const accounts = await deps.accounts.list(tenant.id);
  for (const account of accounts) {
    const found = await compare(deps, {
      account,
      created: createdFor.get(account.id),
      accounts,
      access,
      repairs,
    });
    if (found) await report(found);
    createdFor.delete(account.id);
  }
  for (const orphaned of createdFor.values()) {
    if (orphaned.status !== 'active' || isUsedByOtherAccount(orphaned, accounts)) continue;
    await report({
      what: 'active, but its account is gone',
      email: orphaned.email ?? null,
      qlikUserId: orphaned.id,
      repair: () => repairs.disable(orphaned),
    });
  }
  return drifts;
}

/** Tenants have far more users than clients or tokens. */
const BOUNDS = { maxPages: 1_000, maxItems: 100_000 };

/** The Qlik users that the portal created, by the account of each. */
async function createdQlikUsers(
  { qlikUsers, subjectPrefix }: ReconcileDeps,
  access: TenantAccess,
): Promise<Map<AccountId, QlikUser>> {
  const created = new Map<AccountId, QlikUser>();
  const query = { subjectContains: subjectPrefix };
  for await (const users of pages((cursor) => qlikUsers.page(access, { ...query, ...cursor }), BOUNDS)) {
    for (const user of users) {
      const accountId = accountIdOfSubject(subjectPrefix, user.subject);
      if (accountId !== undefined && user.status !== 'deleted') created.set(accountId, user);
    }
  }
  return created;
}

interface Comparison {
  readonly account: Account;
  readonly created: QlikUser | undefined;
  /** All of the tenant. */
  readonly accounts: readonly Account[];
  readonly access: TenantAccess;
  readonly repairs: Repairs;
}

async function compare(
  deps: ReconcileDeps,
  { account, created, accounts, access, repairs }: Comparison,
): Promise<Found | undefined> {
  const { email, qlikUser } = account;
  if (account.status === 'disabled') {
    if (created?.status !== 'active' || isUsedByOtherAccount(created, accounts, account.id)) return undefined;
    const repair = () => repairs.disable(created, account);
    return { what: 'active, but its account is disabled', email, qlikUserId: created.id, repair };
  }
  // Mapped by ops, or to an orphaned user: it only has to exist.
  if (qlikUser !== null && qlikUser.value !== created?.id) {
    if (qlikUser.field !== 'userId' || (await findStored(deps, qlikUser, access))) return undefined;
    return { what: 'gone from the tenant', email, qlikUserId: qlikUser.value };
  }
  if (created === undefined) return undefined;
  const qlikUserId = created.id;
  if (created.status === 'disabled') return { what: 'disabled by the tenant', email, qlikUserId };
  if (qlikUser === null) {
    return { what: 'not linked', email, qlikUserId, repair: () => repairs.map(account, created) };
  }
  const fields = Object.keys((await diffQlikUser(deps, account, created)).change);
  if (fields.length === 0) return undefined;
  const repair = () => repairs.sync(account, created);
  return { what: 'behind its account', email, qlikUserId, fields, repair };
}
