import { PortalError } from '../../domain/errors.ts';
import { newAccountId, type TenantId } from '../../domain/model/ids.ts';
import type { TenantStore } from '../../domain/ports/tenant-store.ts';
import { normaliseEmail, type Account, type QlikUserRef } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import { requireTenant } from '../tenants/require-tenant.ts';
import type { AccountDeps } from './account-change.ts';
import { issuePasswordInvite, type InviteDeps, type PasswordInvite } from './password-invites.ts';

interface AddAccountDeps extends AccountDeps, InviteDeps {
  readonly tenants: TenantStore;
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
  /** False for people who sign in by single sign-on only. */
  readonly withPassword: boolean;
  readonly actor: string;
}

/**
 * Creates an account, and a link to set its first password.
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
