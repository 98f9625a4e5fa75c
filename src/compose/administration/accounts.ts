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
import type { composeQlik } from './qlik.ts';

type Request<Verb extends (deps: never, request: never) => unknown> = Parameters<Verb>[1];

/** Verbs about accounts. Where a verb changes something in a tenant too, its result has warnings about what failed there. */
export function composeAccounts(portal: Portal, qlik: ReturnType<typeof composeQlik>) {
  const { config, clock, timer, storage, tokenRevoker } = portal;
  const { accounts, tenants, audit, identities, qlikMappings, sessionRegistry: sessions } = storage;
  const { publicUrl } = config;
  const deps = { ...storage, publicUrl, clock };
  const { subjectPrefix } = config.qlik;
  const qlikUserDeps = { qlikUsers: qlik.users, accounts, qlikMappings, subjectPrefix, audit };
  const revocation = { tokenRevoker, timer, sharesTokens: config.redisUrl !== undefined };

  /** Runs a verb that revokes tokens. */
  async function revoking<Result extends object>(
    verb: (deps: AccountDeps) => Promise<Result>,
  ): Promise<Result & { readonly warnings: readonly string[] }> {
    const warnings: string[] = [];
    const revokeTokens = async (account: Account) => {
      const warning = await revokeOrWarn(revocation, account);
      if (warning !== undefined) warnings.push(warning);
    };
    const endSessions = createEndSessions({ sessions, revokeTokens });
    return { ...(await verb({ ...deps, revokeTokens, endSessions })), warnings };
  }
  type AccountDeps = typeof deps & {
    readonly revokeTokens: (account: Account) => Promise<void>;
    readonly endSessions: ReturnType<typeof createEndSessions>;
  };

  /** Changes the Qlik user of the account too. */
  async function withQlikUser<Result extends { readonly warnings: readonly string[] }>(
    result: Result,
    change: AccountChange,
    actor: string,
  ): Promise<Result & { readonly qlikUserId: string | null }> {
    const update = { ...qlikUserDeps, tenants, oauth: qlik.oauth, timer };
    const { qlikUserId, warning } = await updateOwnQlikUser(update, change, actor);
    const warnings = warning === undefined ? result.warnings : [...result.warnings, warning];
    return { ...result, qlikUserId, warnings };
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
      const result = await revoking((given) => setAccountStatus(given, request));
      return withQlikUser(result, { account: result.account, status }, actor);
    },
    async remove(request: Request<typeof removeAccount>) {
      const result = await revoking((given) => removeAccount(given, request));
      return withQlikUser(result, { account: result.account, status: 'disabled' }, request.actor);
    },
    async setGroups(request: Request<typeof setAccountGroups>) {
      const account = await setAccountGroups(deps, request);
      return withQlikUser({ account, warnings: [] }, { account, groups: true }, request.actor);
    },
    signOut: (request: Request<typeof signOutAccount>) => revoking((given) => signOutAccount(given, request)),
    resetPassword: (request: Request<typeof resetPassword>) =>
      revoking((given) => resetPassword(given, request)),
    /** Maps the account to a Qlik user, or with null to none. */
    mapQlikUser: (request: Request<typeof setQlikMapping>) =>
      revoking(async (given) => ({ account: await setQlikMapping(given, request) })),
    /** Issuers of the configured identity providers. */
    issuers: [...new Set(config.sso.providers.map(({ issuer }) => issuer))],
    linkIdentity: (request: Request<typeof addIdentity>) => addIdentity(deps, request),
    unlinkIdentity: (request: Request<typeof removeIdentity>) =>
      revoking((given) => removeIdentity(given, request)),
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
