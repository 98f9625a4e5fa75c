import type { QlikMappingStore } from '../../domain/ports/qlik-mapping-store.ts';
import { PortalError } from '../../domain/errors.ts';
import type { IdentityKey, IdentityStore } from '../../domain/ports/identity-store.ts';
import type { Account, QlikUserRef } from '../../domain/model/account.ts';
import type { EndSessions } from '../sign-in/end-sessions.ts';
import { changeAccount, type AccountDeps, type AccountRequest } from './account-change.ts';

interface MappingDeps extends AccountDeps {
  readonly qlikMappings: QlikMappingStore;
  /** Starts to revoke the Qlik tokens of the account. */
  readonly revokeTokens: (account: Account) => void | Promise<void>;
}

interface IdentityDeps extends AccountDeps {
  readonly identities: IdentityStore;
}

interface IdentityRequest extends AccountRequest {
  readonly identity: IdentityKey;
}

/** Puts a person into these groups and no others. */
export function setAccountGroups(
  deps: AccountDeps,
  request: AccountRequest & { readonly groups: readonly string[] },
): Promise<Account> {
  const groups = [...new Set(request.groups)];
  const save = async (found: Account) => {
    await deps.accounts.setProfile(found.id, { groups });
    return { ...found, groups };
  };
  return changeAccount(deps, request, 'user.set-groups', save, () => ({ groups: groups.join(', ') }));
}

/**
 * Maps an account to a Qlik user for ops, or with null leaves it to the portal to find one at the next sign-in. The only
 * way to a Qlik user that the portal did not create: see docs/decisions/0007. Revokes the tokens of the former one, so
 * that open pages use the new one.
 * @throws PortalError not_found, conflict (mapped otherwise meanwhile)
 */
export function setQlikMapping(
  deps: MappingDeps,
  { qlikUser, ...request }: AccountRequest & { readonly qlikUser: QlikUserRef | null },
): Promise<Account> {
  const replace = async (found: Account) => {
    const replaced = await deps.qlikMappings.replace(found.id, { from: found.qlikUser, to: qlikUser });
    if (!replaced) throw new PortalError('conflict', { detail: 'the account was linked meanwhile' });
    await deps.revokeTokens(found);
    return { ...found, qlikUser };
  };
  const action = qlikUser === null ? 'user.unlink' : 'user.link';
  return changeAccount(deps, request, action, replace, () =>
    qlikUser === null ? {} : { qlikUser: `${qlikUser.field} ${qlikUser.value}` },
  );
}

/**
 * Lets an identity sign in to an account that exists.
 * @throws PortalError not_found, conflict
 */
export function addIdentity(deps: IdentityDeps, { identity, ...request }: IdentityRequest): Promise<Account> {
  const add = async (found: Account) => {
    await deps.identities.add(identity, found.id);
    return found;
  };
  return changeAccount(deps, request, 'user.link-sso', add, () => ({ ...identity }));
}

/** Removes an identity from the account, and ends the account's sessions. */
export function removeIdentity(
  deps: IdentityDeps & { readonly endSessions: EndSessions },
  { identity, ...request }: IdentityRequest,
): Promise<{ readonly account: Account; readonly endedSessions: number }> {
  const remove = async (account: Account) => {
    await deps.identities.remove(identity, account.id);
    return { account, endedSessions: await deps.endSessions(account) };
  };
  return changeAccount(deps, request, 'user.unlink-sso', remove, () => ({ ...identity }));
}
