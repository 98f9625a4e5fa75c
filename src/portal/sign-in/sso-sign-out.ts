import type { IdentityProviders } from '../../domain/ports/identity-providers.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { RequestSource } from '../../domain/model/request-source.ts';
import { record } from '../audit.ts';
import type { IdentityStore } from '../../domain/ports/identity-store.ts';
import type { SessionRegistry } from '../../domain/ports/session-registry.ts';
import type { AccountStore } from '../../domain/ports/account-store.ts';
import type { Principal } from '../../domain/model/session.ts';
import type { Account } from '../../domain/model/account.ts';

/** Signing out in both directions: from the portal at the provider, and from the provider at the portal. */
export interface SsoSignOut {
  /** Where to send the browser to end the session with the provider; undefined where the sign-out is complete. */
  onward(principal: Principal): Promise<string | undefined>;
  /**
   * Ends what the provider's logout token names.
   * @throws PortalError not_found, invalid_request, sso_unavailable, storage_unavailable
   */
  byProvider(providerId: string, logoutToken: string, caller: RequestSource): Promise<void>;
}

/** So that a provider whose clock is late does not miss the session that it ends. */
const CLOCK_TOLERANCE_MS = 30_000;

export function createSsoSignOut(parts: {
  providers: IdentityProviders;
  identities: Pick<IdentityStore, 'find'>;
  sessions: Pick<SessionRegistry, 'endAllOfProvider'>;
  audit: AuditLog;
  accounts: Pick<AccountStore, 'find'>;
  /** Starts to revoke Qlik tokens: the page of an ended session may still be open. */
  revokeTokens: (account: Account) => void;
}): SsoSignOut {
  const { providers, identities, sessions, accounts, audit, revokeTokens } = parts;
  return {
    async onward({ sso }) {
      const provider = sso && providers.find(sso.providerId);
      return provider?.endProviderSession ? await providers.endSessionUrl(provider.id) : undefined;
    },

    async byProvider(providerId, logoutToken, caller) {
      const { issuer, subject, sid, issuedAt } = await providers.readLogoutToken(providerId, logoutToken);
      const userId = subject === undefined ? undefined : await identities.find({ issuer, subject });
      const which = sid === undefined ? userId && { userId } : { sid };
      if (which === undefined) return;
      const begunBefore = issuedAt + CLOCK_TOLERANCE_MS;
      const ended = await sessions.endAllOfProvider({ providerId, begunBefore, ...which });
      // A session of the provider is one person's; a lying provider may have called two the same.
      for (const ownerId of new Set(ended)) {
        const account = await accounts.find(ownerId);
        if (account !== undefined) revokeTokens(account);
        const context = { audit, actor: `sso:${providerId}`, userId: ownerId, source: caller };
        const count = ended.filter((each) => each === ownerId).length;
        const detail = { provider: providerId, sessions: count };
        await record({ ...context, ...(account && { tenantId: account.tenantId }) }, 'sign-out', detail);
      }
    },
  };
}
