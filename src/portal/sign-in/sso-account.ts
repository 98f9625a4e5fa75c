import { hasCode, PortalError } from '../../domain/errors.ts';
import type { IdentityProvider, SsoIdentity } from '../../domain/model/identity-provider.ts';
import { newAccountId, type AccountId } from '../../domain/model/ids.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { IdentityStore } from '../../domain/ports/identity-store.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Account } from '../../domain/model/account.ts';
import { record } from '../audit.ts';
import { notAllowed, type SsoPerson } from './sso-claims.ts';

interface Stores {
  readonly identities: Pick<IdentityStore, 'find' | 'createAccount'>;
  readonly accounts: Pick<AccountStore, 'setProfile'>;
  readonly tenantMembers: TenantMemberReader;
  readonly audit: AuditLog;
}

interface Arrival {
  readonly identity: SsoIdentity;
  readonly provider: IdentityProvider;
  readonly person: SsoPerson;
  readonly caller: RequestSource;
}

/**
 * The account that an identity opens, by issuer and subject; a new one where the provider may create accounts.
 * Never looked up by e-mail: a provider could claim any address, and get its account.
 * @throws PortalError sso_not_allowed, tenant_disabled, sso_account_conflict
 */
export async function openAccount(arrival: Arrival, stores: Stores): Promise<TenantMember> {
  const { identity, person } = arrival;
  const userId = (await stores.identities.find(identity)) ?? (await createAccount(arrival, stores));
  const member = await stores.tenantMembers.find(userId);
  if (member === undefined) throw notAllowed('the account was removed');
  // A provider, or a claim, for one tenant never opens an account of another.
  if (member.tenant.id !== person.tenantId) throw notAllowed('account of another tenant');
  if (member.account.status !== 'active') throw notAllowed('account disabled');
  if (member.tenant.status !== 'active') throw new PortalError('tenant_disabled');
  return await updateProfile(member, arrival, stores);
}

async function createAccount(arrival: Arrival, { identities, audit }: Stores): Promise<AccountId> {
  const { identity, provider, person } = arrival;
  if (!provider.jit) throw notAllowed('unknown account');
  const id = newAccountId();
  const { tenantId, first, groups = [] } = person;
  const account = { id, tenantId, ...first, groups, qlikUser: null, status: 'active' } as const;
  try {
    await identities.createAccount(identity, account);
  } catch (error) {
    if (hasCode(error, 'not_found')) throw notAllowed('no such tenant');
    if (!hasCode(error, 'conflict')) throw error;
    // The same person in two tabs: the other one was first.
    const twin = await identities.find(identity);
    if (twin !== undefined) return twin;
    throw new PortalError('sso_account_conflict');
  }
  const detail = { by: 'sso', issuer: identity.issuer, sub: identity.subject, groups: groups.join(', ') };
  await record({ audit, ...contextOf(arrival, account) }, 'user.add', detail);
  return id;
}

async function updateProfile(
  member: TenantMember,
  arrival: Arrival,
  { accounts, audit }: Stores,
): Promise<TenantMember> {
  const { account } = member;
  const { name = account.name, groups = account.groups } = arrival.person;
  const regrouped = JSON.stringify(groups) !== JSON.stringify(account.groups);
  if (name === account.name && !regrouped) return member;
  // Groups that the provider does not decide about are for ops, who may be changing them.
  await accounts.setProfile(account.id, { name, ...(arrival.person.groups && { groups }) });
  const detail = { by: 'sso', name: name !== account.name, ...(regrouped && { groups: groups.join(', ') }) };
  await record({ audit, ...contextOf(arrival, account) }, 'user.update', detail);
  return { ...member, account: { ...account, name, groups } };
}

function contextOf({ provider, caller }: Arrival, { id, tenantId }: Pick<Account, 'id' | 'tenantId'>) {
  return { actor: `sso:${provider.id}`, userId: id, tenantId, source: caller };
}
