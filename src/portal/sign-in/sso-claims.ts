import { hash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { PortalError } from '../../domain/errors.ts';
import type { Claims, IdentityProvider, SsoIdentity } from '../../domain/model/identity-provider.ts';
import type { TenantId } from '../../domain/model/ids.ts';
import { isPersonText, LONGEST_PERSON_TEXT, withoutControls } from '../../domain/rules/person-text.ts';
import { normaliseEmail } from '../../domain/model/account.ts';

/** What the portal takes over from the provider's claims. */
export interface SsoPerson {
  readonly tenantId: TenantId;
  /** Undefined where the provider does not say: the account keeps the name that it has. */
  readonly name: string | undefined;
  /** For an account that may have to be created. */
  readonly first: { readonly name: string; readonly email: string };
  /** Undefined where the provider does not decide about groups. */
  readonly groups: readonly string[] | undefined;
}

/**
 * Reads the claims as the provider's configuration says. What the ID token says comes before UserInfo.
 * @throws PortalError sso_not_allowed where a required claim is missing or another, and where the tenant claim names
 * no tenant that this provider may sign in to.
 */
export function readSsoPerson(identity: SsoIdentity, provider: IdentityProvider): SsoPerson {
  const claims = { ...identity.userInfo, ...identity.idToken };
  for (const [claim, value] of provider.require) {
    if (claims[claim] !== value) throw notAllowed(`the claim ${claim} is not the required one`);
  }
  const verified = emailOf(identity, provider);
  const name = textOf(claims[provider.nameClaim]);
  const { groups } = provider;
  return {
    tenantId: tenantOf(claims, provider),
    name,
    first: {
      name: name ?? textOf(claims['preferred_username']) ?? verified ?? provider.id,
      email: verified ?? placeholderEmail(identity),
    },
    groups: groups === null ? undefined : groupsOf(claims[groups.claim], groups.known),
  };
}

/** The domain of an address, in lower case and ASCII. */
export function domainOf(email: string): string {
  return domainToASCII(email.slice(email.lastIndexOf('@') + 1));
}

function tenantOf(claims: Claims, { tenants }: IdentityProvider): TenantId {
  if ('only' in tenants) return tenants.only;
  const named = claims[tenants.claim];
  const tenant = typeof named === 'string' ? tenants.known.get(named) : undefined;
  if (tenant === undefined) throw notAllowed('the tenant claim names no allowed tenant');
  return tenant;
}

/** The reason is for the audit log; the person is not told it. */
export function notAllowed(reason: string): PortalError {
  return new PortalError('sso_not_allowed', { cause: new Error(reason) });
}

/**
 * An e-mail that may stand in an account: verified, and of a domain that ops gave to this provider. With any other
 * a person could pose as another one, in the portal or in Qlik.
 */
function emailOf({ idToken, userInfo }: SsoIdentity, provider: IdentityProvider): string | undefined {
  // Both claims from one place: verified is what stands beside it.
  const source = 'email' in idToken ? idToken : userInfo;
  const { email: given, email_verified: verified } = source;
  if (typeof given !== 'string' || !(verified === true || (provider.trustEmail && verified !== false))) {
    return undefined;
  }
  const email = normaliseEmail(given);
  return email !== undefined && provider.emailDomains.includes(domainOf(email)) ? email : undefined;
}

/** Of one identity only, and no mailbox (RFC 2606): no one can be reached, or impersonated, through it. */
function placeholderEmail({ providerId, issuer, subject }: SsoIdentity): string {
  return `${hash('sha256', JSON.stringify([issuer, subject])).slice(0, 32)}@${providerId}.invalid`;
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Half a character may be left at the end.
  const text = withoutControls(withoutControls(value).trim().slice(0, LONGEST_PERSON_TEXT));
  return isPersonText(text) ? text : undefined;
}

/**
 * One value or a list; without the claim the person is in no group, so that leaving one at the provider counts. A group
 * may carry a role in the Qlik tenant, so the provider does not get to name any: only ops' own names come through.
 */
function groupsOf(value: unknown, known: ReadonlyMap<string, string>): readonly string[] {
  const given = new Set<unknown>(Array.isArray(value) ? value : [value]);
  return [...new Set([...known].filter(([each]) => given.has(each)).map(([, group]) => group))];
}
