import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { IdentityKey, IdentityStore } from '../../domain/ports/identity-store.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Account, QlikUserRef } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { requireAccount } from './find-account.ts';

interface ChangeDeps {
  readonly accounts: AccountStore;
  readonly audit: AuditLog;
}

interface LinkDeps extends ChangeDeps {
  readonly qlikMappings: QlikMappingStore;
  /** Starts to revoke the Qlik tokens of the account. */
  readonly revokeTokens: (account: Account) => void | Promise<void>;
}

interface Change {
  /** E-mail or id. */
  readonly account: string;
  readonly actor: string;
}

/**

 * Puts a person into these groups and no others.

 * @throws PortalError not_found

 */
export async function setAccountGroups(
  { accounts, audit }: ChangeDeps,
  { account, actor, groups }: Change & { readonly groups: readonly string[] },
): Promise<Account> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  const changed = { ...found, groups: [...new Set(groups)] };
  const detail = { groups: changed.groups.join(', ') };
  return audited(
    { audit, actor, tenantId, userId },
    'user.set-groups',
    async () => {
      await accounts.setProfile(userId, { groups: changed.groups });
      return changed;
    },
    detail,
  );
}

/**
 * Says for ops which Qlik user an account speaks for, or with null that the portal finds one itself at the next
 * sign-in. The only way to a Qlik user that the portal did not make: see docs/decisions/0007. Tokens of the one before
 * are taken back, so that open pages speak for the new one.
 * @throws PortalError not_found, conflict (it was linked otherwise meanwhile)
 */
export async function setQlikMapping(
  { accounts, audit, qlikMappings, revokeTokens }: LinkDeps,
  { account, actor, qlikUser }: Change & { readonly qlikUser: QlikUserRef | null },
): Promise<Account> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  const detail = qlikUser === null ? {} : { qlikUser: `${qlikUser.field} ${qlikUser.value}` };
  return audited(
    { audit, actor, tenantId, userId },
    qlikUser === null ? 'user.unlink' : 'user.link',
    async () => {
      const replaced = await qlikMappings.replace(userId, { from: found.qlikUser, to: qlikUser });
      if (!replaced) throw new PortalError('conflict', { detail: 'the account was linked meanwhile' });
      await revokeTokens(found);
      return { ...found, qlikUser };
    },
    detail,
  );
}

/**

 * Lets a person of an identity provider in to an account that exists.

 * @throws PortalError not_found, conflict

 */
export async function addIdentity(
  { accounts, audit, identities }: ChangeDeps & { readonly identities: IdentityStore },
  { account, actor, identity }: Change & { readonly identity: IdentityKey },
): Promise<Account> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  return audited(
    { audit, actor, tenantId, userId },
    'user.link-sso',
    async () => {
      await identities.add(identity, userId);
      return found;
    },
    { ...identity },
  );
}

/**

 * Lets that person in to the account no more, and signs out whoever is in.

 * @throws PortalError not_found

 */
export async function removeIdentity(
  {
    accounts,
    audit,
    identities,
    endSessions,
  }: ChangeDeps & { readonly identities: IdentityStore; readonly endSessions: EndSessions },
  { account, actor, identity }: Change & { readonly identity: IdentityKey },
): Promise<{ readonly account: Account; readonly endedSessions: number }> {
  const found = await requireAccount(accounts, account);
  const { id: userId, tenantId } = found;
  return audited(
    { audit, actor, tenantId, userId },
    'user.unlink-sso',
    async () => {
      await identities.remove(identity, userId);
      return { account: found, endedSessions: await endSessions(found) };
    },
    { ...identity },
  );
}
