import { PortalError } from '../../domain/errors.ts';
import type { IdentityProviders } from '../../domain/ports/identity-providers.ts';
import type { SsoIdentity, SsoTransaction } from '../../domain/model/identity-provider.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { IdentityStore } from '../../domain/ports/identity-store.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import type { SignInLimits } from '../../domain/ports/sign-in-limits.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { TenantMemberReader } from '../../domain/ports/tenant-member-reader.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { SsoSession } from '../../domain/model/session.ts';
import { normaliseEmail } from '../../domain/model/account.ts';
import { byOwner, record } from '../audit.ts';
import { openAccount } from './sso-account.ts';
import { domainOf, readSsoPerson } from './sso-claims.ts';

interface Failure {
  readonly provider: string;
  /** Undefined where the provider did not say. */
  readonly identity: SsoIdentity | undefined;
  readonly caller: RequestSource;
}

interface SsoSignIn {
  readonly member: TenantMember;
  /** For the principal of the session. */
  readonly session: SsoSession;
}

/** Signs people in with the identity provider of their company (OpenID Connect). */
export interface SignInSso {
  /**
   * The id of the provider for an e-mail as typed. It counts as a sign-in attempt of the address, so that
   * trying domains reveals only slowly which companies are customers.
   * @throws PortalError sso_unknown, too_many_attempts
   */
  findProvider(attempt: { readonly email: string } & RequestSource): Promise<string>;
  /**
   * Where to send the browser, and what it has to bring back.
   * @throws PortalError sso_unknown, sso_unavailable
   */
  begin(providerId: string): Promise<{ readonly url: string; readonly transaction: SsoTransaction }>;
  /**
   * @param query of the provider's answer, as it came
   * @throws PortalError sso_cancelled, sso_failed, sso_unavailable, sso_not_allowed, sso_account_conflict,
   * tenant_disabled, too_many_attempts
   */
  finish(transaction: SsoTransaction, query: string, caller: RequestSource): Promise<SsoSignIn>;
}

export function createSignInSso(parts: {
  providers: IdentityProviders;
  identities: IdentityStore;
  accounts: Pick<AccountStore, 'setProfile'>;
  tenantMembers: TenantMemberReader;
  limits: SignInLimits;
  audit: AuditLog;
}): SignInSso {
  const { providers, limits, audit } = parts;

  async function recordFailure(error: unknown, { provider, identity, caller }: Failure): Promise<void> {
    const code = error instanceof PortalError ? error.code : 'internal_error';
    // Neither the person nor the provider caused it, and the log has it.
    if (code === 'sso_unavailable' || code === 'sso_cancelled' || code === 'storage_unavailable') return;
    // Counted first, or a flood of bad answers would fill the audit log.
    await limits.countAddress(caller.address, caller.requestId);
    // What `portal user link-sso` asks for.
    const named = identity && { issuer: identity.issuer, sub: identity.subject };
    const detail = { method: 'sso', provider, code, reason: reasonOf(error), ...named };
    await record({ audit, actor: 'unknown', source: caller }, 'sign-in', detail, 'failed');
  }

  return {
    async findProvider({ email: typed, address, requestId }) {
      await limits.countAddress(address, requestId);
      const email = normaliseEmail(typed);
      const provider = email === undefined ? undefined : providers.findByDomain(domainOf(email));
      if (provider === undefined) throw new PortalError('sso_unknown');
      return provider.id;
    },

    async begin(providerId) {
      if (providers.find(providerId) === undefined) throw new PortalError('sso_unknown');
      return await providers.begin(providerId);
    },

    async finish(transaction, query, caller) {
      const { providerId } = transaction;
      let identity: SsoIdentity | undefined;
      try {
        const provider = providers.find(providerId);
        if (provider === undefined) throw new PortalError('sso_unknown');
        identity = await providers.finish(transaction, query);
        const person = readSsoPerson(identity, provider);
        const member = await openAccount({ identity, provider, person, caller }, parts);
        const context = { audit, ...byOwner(member), source: caller };
        await record(context, 'sign-in', { method: 'sso', provider: providerId });
        return { member, session: { providerId, sid: identity.sid } };
      } catch (error) {
        await recordFailure(error, { provider: providerId, identity, caller });
        throw error;
      }
    },
  };
}

/** In the portal's own words only: a provider's could say anything. */
function reasonOf(error: unknown): string {
  if (!(error instanceof PortalError) || error.code !== 'sso_not_allowed') return 'see the log';
  return error.cause instanceof Error ? error.cause.message : 'see the log';
}
