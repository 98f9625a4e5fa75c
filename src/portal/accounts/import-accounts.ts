import type { AccountImport, NewAccount } from '../../domain/ports/account-import.ts';
import { PortalError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { Account } from '../../domain/model/account.ts';
import { record } from '../audit.ts';
import { isImportFault, readImportRow, type ImportFault, type ImportRow } from './import-row.ts';
import { newPasswordInvite, type InviteDeps, type PasswordInvite } from './password-invites.ts';

interface ImportDeps extends Pick<InviteDeps, 'publicUrl' | 'clock'> {
  readonly accountImport: AccountImport;
  readonly audit: AuditLog;
}

export interface ImportRequest {
  /** Reads the list from its start. */
  readonly rows: () => AsyncIterable<ImportRow>;
  readonly tenantId: TenantId;
  /** Reports the faults and adds nothing. */
  readonly dryRun: boolean;
  /** Adds the valid rows even where others are faulty. */
  readonly partial: boolean;
  /** If given, every account gets a link to set its first password; saves the links before the accounts exist. */
  readonly saveInvites?: (invites: readonly AccountInvite[]) => Promise<void>;
  readonly progress: (done: 'checked' | 'prepared', rows: number) => void;
  readonly actor: string;
}

export interface AccountInvite {
  readonly account: Account;
  readonly invite: PasswordInvite;
}

export interface ImportResult {
  /** Rows that were read. */
  readonly rows: number;
  readonly added: number;
  readonly faulty: number;
  /** The first of them. */
  readonly faults: readonly ImportFault[];
  /** An error after `added` were saved; earlier ones are thrown. */
  readonly failure?: unknown;
}

const ROWS_AT_ONCE = 500;
const FAULTS_TOLD = 100;

/**
 * Adds a list of people, however long, in bounded memory: it is read once to check it and once more to save it, and of
 * it only the e-mails are remembered. All or none are added, unless `partial`.
 * @throws PortalError invalid_request (the list), conflict (an e-mail was taken meanwhile), not_found (the tenant)
 */
export async function importAccounts(deps: ImportDeps, request: ImportRequest): Promise<ImportResult> {
  const { dryRun, partial, actor, tenantId } = request;
  const result = partial && !dryRun ? await addValidRows(deps, request) : await addAllOrNone(deps, request);
  const { rows, added, faulty } = result;
  if (added === 0) return result;
  try {
    await record({ audit: deps.audit, actor, tenantId }, 'user.import', { rows, added, faulty });
    return result;
  } catch (failure) {
    return { failure, ...result };
  }
}

async function addAllOrNone(deps: ImportDeps, request: ImportRequest): Promise<ImportResult> {
  const tally = newTally();
  for await (const _checked of checkedBatches(deps, request, tally));
  if (request.dryRun || tally.faulty > 0) return { ...tally, added: 0 };
  const added = await deps.accountImport.saveAll(readAgain(deps, request), request);
  return { ...tally, added };
}

async function* readAgain(deps: ImportDeps, request: ImportRequest): AsyncIterable<readonly NewAccount[]> {
  let prepared = 0;
  for await (const batch of batchesOf(request.rows())) {
    const accounts = batch.map((row) => readImportRow(row, request.tenantId));
    // It was right when it was checked.
    if (accounts.some(isImportFault))
      throw new PortalError('conflict', { detail: 'the file changed meanwhile' });
    yield await withInvites(deps, request, accounts.filter(isAccount));
    prepared += accounts.length;
    request.progress('prepared', prepared);
  }
}

async function addValidRows(deps: ImportDeps, request: ImportRequest): Promise<ImportResult> {
  const tally = newTally();
  let added = 0;
  try {
    for await (const accounts of checkedBatches(deps, request, tally)) {
      if (accounts.length === 0) continue;
      const invited = await withInvites(deps, request, accounts);
      added += await deps.accountImport.saveAll(once(invited), request);
    }
  } catch (failure) {
    if (added === 0) throw failure;
    return { ...tally, added, failure };
  }
  return { ...tally, added };
}

interface Tally {
  rows: number;
  faulty: number;
  readonly faults: ImportFault[];
}

function newTally(): Tally {
  return { rows: 0, faulty: 0, faults: [] };
}

/** Accounts that can be added; faults of the others are put on the tally. */
async function* checkedBatches(
  { accountImport }: ImportDeps,
  { rows, tenantId, progress }: ImportRequest,
  tally: Tally,
): AsyncIterable<readonly Account[]> {
  const seen = new Map<string, number>();
  const note = (fault: ImportFault) => {
    tally.faulty += 1;
    if (tally.faults.length < FAULTS_TOLD) tally.faults.push(fault);
  };
  for await (const batch of batchesOf(rows())) {
    const fresh: { readonly account: Account; readonly line: number }[] = [];
    for (const row of batch) {
      const account = readImportRow(row, tenantId);
      const { line } = row;
      if (isImportFault(account)) note(account);
      else if (seen.has(account.email))
        note({ line, problem: `email: also in line ${seen.get(account.email)}` });
      else fresh.push({ account, line });
      if (!isImportFault(account) && !seen.has(account.email)) seen.set(account.email, line);
    }
    const taken = await accountImport.taken(fresh.map(({ account }) => account.email));
    for (const { account, line } of fresh) {
      if (taken.has(account.email)) note({ line, problem: 'email: has an account already' });
    }
    tally.rows += batch.length;
    progress('checked', tally.rows);
    yield fresh.map(({ account }) => account).filter(({ email }) => !taken.has(email));
  }
}

async function withInvites(
  deps: ImportDeps,
  { saveInvites }: ImportRequest,
  accounts: readonly Account[],
): Promise<readonly NewAccount[]> {
  if (saveInvites === undefined) return accounts.map((account) => ({ account }));
  const invited = accounts.map((account) => ({ account, invite: newPasswordInvite(deps) }));
  await saveInvites(invited);
  return invited;
}

async function* batchesOf<Row>(rows: AsyncIterable<Row>): AsyncIterable<readonly Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* once<Item>(item: Item): AsyncIterable<Item> {
  yield item;
}

function isAccount(read: Account | ImportFault): read is Account {
  return !isImportFault(read);
}
