import { hasCode, PortalError } from '../domain/errors.ts';
import type { IdentityProvider, SsoIdentity } from '../domain/identity-provider.ts';
import { newPortalUserId, type PortalUserId } from '../domain/ids.ts';
import type { IdentityStore, Subject, SubjectReader, UserStore } from '../domain/ports.ts';
import { notAllowed, type SsoPerson } from './sso-claims.ts';

interface Stores {
  readonly identities: Pick<IdentityStore, 'find' | 'createAccount'>;
  readonly users: Pick<UserStore, 'setProfile'>;
  readonly subjects: SubjectReader;
}

interface Arrival {
  readonly identity: SsoIdentity;
  readonly provider: IdentityProvider;
  readonly person: SsoPerson;
}

/**
 * The account that an identity opens, by issuer and subject; a new one where the provider may make them. No account
 * is ever found by its e-mail: that would let every provider in to every account whose address it cares to claim.
 * @throws PortalError sso_not_allowed, tenant_disabled, sso_account_conflict
 */
export async function openAccount(arrival: Arrival, stores: Stores): Promise<Subject> {
  const { identity, person } = arrival;
  const userId = (await stores.identities.find(identity)) ?? (await createAccount(arrival, stores));
  const subject = await stores.subjects.find(userId);
  if (subject === undefined) throw notAllowed('the account is gone');
  // A provider, or a claim, for one tenant never opens an account of another.
  if (subject.tenant.id !== person.tenantId) throw notAllowed('account of another tenant');
  if (subject.user.status !== 'active') throw notAllowed('account disabled');
  if (subject.tenant.status !== 'active') throw new PortalError('tenant_disabled');
  return await keptInStep(subject, person, stores);
}

async function createAccount(
  { identity, provider, person }: Arrival,
  { identities }: Stores,
): Promise<PortalUserId> {
  if (!provider.jit) throw notAllowed('unknown account');
  const id = newPortalUserId();
  const { tenantId, first, groups = [] } = person;
  const user = { id, tenantId, ...first, groups, qlikUser: null, status: 'active' } as const;
  try {
    await identities.createAccount(identity, user);
    return id;
  } catch (error) {
    if (hasCode(error, 'not_found')) throw notAllowed('no such tenant');
    if (!hasCode(error, 'conflict')) throw error;
    // The same person in two tabs: the other one was first.
    const twin = await identities.find(identity);
    if (twin !== undefined) return twin;
    throw new PortalError('sso_account_conflict');
  }
}

async function keptInStep(subject: Subject, person: SsoPerson, { users }: Stores): Promise<Subject> {
  const { user } = subject;
  const { name = user.name, groups = user.groups } = person;
  const same = name === user.name && JSON.stringify(groups) === JSON.stringify(user.groups);
  if (same) return subject;
  await users.setProfile(user.id, { name, groups });
  return { ...subject, user: { ...user, name, groups } };
}
