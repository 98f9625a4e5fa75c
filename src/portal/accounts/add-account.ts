import type { PasswordInviteStore } from '../../domain/ports/password-invite-store.ts';
import type { Clock } from '../../runtime/clock.ts';
import { PortalError } from '../../domain/errors.ts';
import { newAccountId, type TenantId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import { normaliseEmail, type Account, type QlikUserRef } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import { requireTenant } from '../tenants/require-tenant.ts';
import { issuePasswordInvite, type PasswordInvite } from './password-invites.ts';

export interface AddAccountDeps {
  readonly accounts: AccountStore;
  readonly tenants: TenantStore;
  readonly passwordInvites: PasswordInviteStore;
  readonly audit: AuditLog;
  readonly publicUrl: string;
  readonly clock: Clock;
}

export interface AddAccountRequest {
  /** As typed. */
  readonly email: string;
  readonly tenantId: TenantId;
  /** The part of the e-mail before the @ unless given. */
  readonly name?: string;
  readonly groups: readonly string[];
  /** Given by ops, who may name any Qlik user of the tenant. */
  readonly qlikUser?: QlikUserRef;
  /** False for people who only ever sign in with their company. */
  readonly withPassword: boolean;
  readonly actor: string;
}

/**
 * Makes an account, and a link to its first password.
 * @throws PortalError invalid_request (e-mail), not_found (tenant), conflict (the e-mail has an account)
 */
export async function addAccount(
  deps: AddAccountDeps,
  request: AddAccountRequest,
): Promise<{ readonly account: Account; readonly invite: PasswordInvite | undefined }> {
  const { tenantId, groups, qlikUser = null, withPassword, actor } = request;
  const email = normaliseEmail(request.email);
  if (email === undefined)
    throw new PortalError('invalid_request', { detail: `${request.email}: not an e-mail address` });
  await requireTenant(deps.tenants, tenantId);
  const name = request.name ?? email.slice(0, email.indexOf('@'));
  const account: Account = {
    id: newAccountId(),
    email,
    name,
    tenantId,
    qlikUser,
    groups: [...new Set(groups)],
    status: 'active',
  };
  return audited(
    { audit: deps.audit, actor, tenantId, userId: account.id },
    'user.add',
    async () => {
      await deps.accounts.save(account);
      return { account, invite: withPassword ? await issuePasswordInvite(deps, account.id) : undefined };
    },
    qlikUser === null ? {} : { qlikUser: `${qlikUser.field} ${qlikUser.value}` },
  );
}
