import type { QlikLinkStore } from '../../domain/ports/qlik-mapping-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { IdentityKey, IdentityStore } from '../../domain/ports/identity-store.ts';
import type { UserStore } from '../../domain/ports/account-store.ts';
import type { PortalUser, QlikUserRef } from '../../domain/model/account.ts';
import { audited } from '../audit.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { findAccount } from './find-account.ts';

interface ChangeDeps {
  readonly users: UserStore;
  readonly audit: AuditLog;
}

interface LinkDeps extends ChangeDeps {
  readonly qlikLinks: QlikLinkStore;
  /** Begins to take the Qlik token of the account back. */
  readonly withdraw: (user: PortalUser) => void | Promise<void>;
}

interface Change {
  /** E-mail or id. */
  readonly account: string;
  readonly actor: string;
}

/** Puts a person into these groups and no others. Codes: not_found. */
export async function setAccountGroups(
  { users, audit }: ChangeDeps,
  { account, actor, groups }: Change & { readonly groups: readonly string[] },
): Promise<PortalUser> {
  const user = await findAccount(users, account);
  const { id: userId, tenantId } = user;
  const changed = { ...user, groups: [...new Set(groups)] };
  const detail = { groups: changed.groups.join(', ') };
  return audited(
    { audit, actor, tenantId, userId },
    'user.set-groups',
    async () => {
      await users.setProfile(userId, { groups: changed.groups });
      return changed;
    },
    detail,
  );
}

/**
 * Says for ops which Qlik user an account speaks for, or with null that the portal finds one itself at the next
 * sign-in. The only way to a Qlik user that the portal did not make: see docs/decisions/0007. Tokens of the one before
 * are taken back, so that open pages speak for the new one.
 * Codes: not_found, conflict (it was linked otherwise meanwhile).
 */
export async function linkAccount(
  { users, audit, qlikLinks, withdraw }: LinkDeps,
  { account, actor, qlikUser }: Change & { readonly qlikUser: QlikUserRef | null },
): Promise<PortalUser> {
  const user = await findAccount(users, account);
  const { id: userId, tenantId } = user;
  const detail = qlikUser === null ? {} : { qlikUser: `${qlikUser.field} ${qlikUser.value}` };
  return audited(
    { audit, actor, tenantId, userId },
    qlikUser === null ? 'user.unlink' : 'user.link',
    async () => {
      const replaced = await qlikLinks.replace(userId, { from: user.qlikUser, to: qlikUser });
      if (!replaced) throw new PortalError('conflict', { detail: 'the account was linked meanwhile' });
      await withdraw(user);
      return { ...user, qlikUser };
    },
    detail,
  );
}

/** Lets a person of an identity provider in to an account that exists. Codes: not_found, conflict. */
export async function linkIdentity(
  { users, audit, identities }: ChangeDeps & { readonly identities: IdentityStore },
  { account, actor, identity }: Change & { readonly identity: IdentityKey },
): Promise<PortalUser> {
  const user = await findAccount(users, account);
  const { id: userId, tenantId } = user;
  return audited(
    { audit, actor, tenantId, userId },
    'user.link-sso',
    async () => {
      await identities.link(identity, userId);
      return user;
    },
    { ...identity },
  );
}

/** Lets that person in to the account no more, and signs out whoever is in. Codes: not_found. */
export async function unlinkIdentity(
  {
    users,
    audit,
    identities,
    endSessions,
  }: ChangeDeps & { readonly identities: IdentityStore; readonly endSessions: EndSessions },
  { account, actor, identity }: Change & { readonly identity: IdentityKey },
): Promise<{ readonly user: PortalUser; readonly endedSessions: number }> {
  const user = await findAccount(users, account);
  const { id: userId, tenantId } = user;
  return audited(
    { audit, actor, tenantId, userId },
    'user.unlink-sso',
    async () => {
      await identities.unlink(identity, userId);
      return { user, endedSessions: await endSessions(user) };
    },
    { ...identity },
  );
}
