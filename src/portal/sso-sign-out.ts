import type { IdentityProviders } from '../domain/identity-provider.ts';
import type { PortalUserId } from '../domain/ids.ts';
import type { AuditLog, IdentityStore, SessionRegistry } from '../domain/ports.ts';
import type { Principal } from '../domain/session.ts';

/** Signing out in both directions: from the portal at the provider, and from the provider at the portal. */
export interface SsoSignOut {
  /** Where the browser goes on to end the session with the provider; undefined where the sign-out is complete. */
  onward(principal: Principal): Promise<string | undefined>;
  /**
   * Ends what the provider's logout token names.
   * @throws PortalError not_found, invalid_request, sso_unavailable, storage_unavailable
   */
  byProvider(
    providerId: string,
    logoutToken: string,
    caller: { readonly address: string; readonly requestId: string },
  ): Promise<void>;
}

/** So that a provider whose clock is late does not miss the session that it ends. */
const CLOCK_TOLERANCE_MS = 30_000;

export function createSsoSignOut(parts: {
  providers: IdentityProviders;
  identities: Pick<IdentityStore, 'find'>;
  sessions: Pick<SessionRegistry, 'endAllOfProvider'>;
  audit: AuditLog;
  /** As at every other sign-out. */
  leaveQlik?: (userId: PortalUserId) => void;
}): SsoSignOut {
  const { providers, identities, sessions, audit, leaveQlik } = parts;
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
      if (ended === 0) return;
      if (userId !== undefined) leaveQlik?.(userId);
      await audit.append({
        action: 'sign-out',
        result: 'ok',
        actor: `sso:${providerId}`,
        ...(userId !== undefined && { userId }),
        ...caller,
        detail: { provider: providerId, sessions: ended },
      });
    },
  };
}
