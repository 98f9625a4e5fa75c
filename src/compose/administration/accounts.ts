import type { Account } from '../../domain/model/account.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import { removeAccount, setAccountStatus, signOutAccount } from '../../portal/accounts/account-status.ts';
import { addAccount, type AddAccountRequest } from '../../portal/accounts/add-account.ts';
import {
  setQlikMapping,
  addIdentity,
  setAccountGroups,
  removeIdentity,
} from '../../portal/accounts/change-account.ts';
import { requireAccount } from '../../portal/accounts/find-account.ts';
import { importAccounts, type ImportRequest } from '../../portal/accounts/import-accounts.ts';
import { resetPassword } from '../../portal/accounts/reset-password.ts';
import { reconcileTenant, type ReconcileRequest } from '../../portal/qlik-users/reconcile-tenant.ts';
import { revokeOrWarn } from '../../portal/qlik-users/revoke-or-warn.ts';
import { updateOwnQlikUser, type AccountChange } from '../../portal/qlik-users/update-own-qlik-user.ts';
import { createEndSessions } from '../../portal/sign-in/end-sessions.ts';
import { withManagementToken, type ManagementCredentials } from '../../portal/tenants/management-token.ts';
import { requireTenant } from '../../portal/tenants/require-tenant.ts';
import type { Portal } from '../portal.ts';
import type { AdministrationOptions, composeQlik } from './qlik.ts';

type Request<Verb extends (deps: never, request: never) => unknown> = Parameters<Verb>[1];

/** Verbs about accounts. Where a verb changes something in a tenant too, `onWarning` is told what failed there. */
export function composeAccounts(
  portal: Portal,
  qlik: ReturnType<typeof composeQlik>,
  { onWarning = () => undefined }: AdministrationOptions,
) {
  const { config, clock, timer, storage, tokenRevoker } = portal;
  const { accounts, tenants, audit, identities, qlikMappings, sessionRegistry: sessions } = storage;
  const { publicUrl } = config;
  const deps = { ...storage, publicUrl, clock };
  const { subjectPrefix } = config.qlik;
  const qlikUserDeps = { qlikUsers: qlik.users, accounts, qlikMappings, subjectPrefix, audit };
  const revocation = { tokenRevoker, timer, sharesTokens: config.redisUrl !== undefined };

  const revokeTokens = async (account: Account) => {
    const warning = await revokeOrWarn(revocation, account);
    if (warning !== undefined) onWarning(warning);
  };
  const revoking = { ...deps, revokeTokens, endSessions: createEndSessions({ sessions, revokeTokens }) };

  /** Changes the Qlik user of the account too. */
  async function withQlikUser<Result extends object>(
    result: Result,
    change: AccountChange,
    actor: string,
  ): Promise<Result & { readonly qlikUserId: string | null }> {
    const update = { ...qlikUserDeps, tenants, oauth: qlik.oauth, timer };
    const { qlikUserId, warning } = await updateOwnQlikUser(update, change, actor);
    if (warning !== undefined) onWarning(warning);
    return { ...result, qlikUserId };
  }

  return {
    /** @throws PortalError not_found (tenant) */
    async list(tenantId?: TenantId) {
      if (tenantId !== undefined) await requireTenant(tenants, tenantId);
      return accounts.list(tenantId);
    },
    /** By e-mail or id. @throws PortalError not_found */
    get: (account: string) => requireAccount(accounts, account),
    /** The account, whether it has a password, and its identities. */
    async show(account: string) {
      const found = await requireAccount(accounts, account);
      const hasPassword = (await accounts.passwordHash(found.id)) !== undefined;
      return { ...found, hasPassword, identities: await identities.list(found.id) };
    },
    /** Where the account is signed in. */
    async sessions(account: string) {
      const { id: userId } = await requireAccount(accounts, account);
      const begunAfter = clock.now() - config.session.absoluteLimitMs;
      return storage.sessionDirectory.list({ userId, begunAfter });
    },
    add: (request: AddAccountRequest) => addAccount(deps, request),
    /** @throws PortalError not_found (tenant), and as {@link importAccounts} */
    async import(request: ImportRequest) {
      await requireTenant(tenants, request.tenantId);
      return importAccounts(deps, request);
    },
    async setStatus(request: Request<typeof setAccountStatus>) {
      const { actor, status } = request;
      const result = await setAccountStatus(revoking, request);
      return withQlikUser(result, { account: result.account, status }, actor);
    },
    async remove(request: Request<typeof removeAccount>) {
      const result = await removeAccount(revoking, request);
      return withQlikUser(result, { account: result.account, status: 'disabled' }, request.actor);
    },
    async setGroups(request: Request<typeof setAccountGroups>) {
      const account = await setAccountGroups(deps, request);
      return withQlikUser({ account }, { account, groups: true }, request.actor);
    },
    signOut: (request: Request<typeof signOutAccount>) => signOutAccount(revoking, request),
    resetPassword: (request: Request<typeof resetPassword>) => resetPassword(revoking, request),
    /** Maps the account to a Qlik user, or with null to none. */
    mapQlikUser: (request: Request<typeof setQlikMapping>) => setQlikMapping(revoking, request),
    /** Issuers of the configured identity providers. */
    issuers: [...new Set(config.sso.providers.map(({ issuer }) => issuer))],
    linkIdentity: (request: Request<typeof addIdentity>) => addIdentity(deps, request),
    unlinkIdentity: (request: Request<typeof removeIdentity>) => removeIdentity(revoking, request),
    /** Compares the Qlik users of a tenant with its accounts, and fixes the differences on request. */
    async reconcile({
      tenantId,
      management,
      ...request
    }: Omit<ReconcileRequest, 'tenant' | 'access'> & {
      readonly tenantId: TenantId;
      readonly management: ManagementCredentials;
    }) {
      const tenant = await requireTenant(tenants, tenantId);
      return withManagementToken(qlik, { host: tenant.host, management }, (access) =>
        reconcileTenant(qlikUserDeps, { ...request, tenant, access }),
      );
    },
  };
}
