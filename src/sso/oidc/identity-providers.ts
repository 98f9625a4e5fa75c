import * as openid from 'openid-client';
import { domainToASCII } from 'node:url';
import { PortalError } from '../../domain/errors.ts';
import type {
  Claims,
  IdentityProvider,
  SsoIdentity,
  SsoTransaction,
} from '../../domain/model/identity-provider.ts';
import type { IdentityProviders } from '../../domain/ports/identity-providers.ts';
import { createConnection, type Connected, type Connection, type ConnectionParts } from './connection.ts';
import { verifyLogoutToken } from './logout-token.ts';
import { exchangeRefusal } from './refusal.ts';

interface IdentityProvidersOptions extends Omit<ConnectionParts, 'provider'> {
  readonly providers: readonly IdentityProvider[];
  /** Origin of the portal. */
  readonly publicUrl: string;
}

interface ConfiguredProvider {
  readonly provider: IdentityProvider;
  readonly connection: Connection;
  readonly redirectUri: string;
}

/** Maximum length of `sub`: OpenID Connect Core 1.0 section 2. */
const LONGEST_SUBJECT = 255;

/** Connects to a provider with the first sign-in that needs it, so an unavailable provider affects no other. */
export function createIdentityProviders(options: IdentityProvidersOptions): IdentityProviders {
  const { providers, publicUrl, clock } = options;
  const configured = new Map<string, ConfiguredProvider>(
    providers.map((provider) => [
      provider.id,
      {
        provider,
        connection: createConnection({ ...options, provider }),
        redirectUri: `${publicUrl}/login/sso/${provider.id}/callback`,
      },
    ]),
  );
  const byDomain = new Map(
    providers.flatMap((provider) => provider.emailDomains.map((domain) => [domain, provider] as const)),
  );

  /** @throws PortalError not_found */
  function requireProvider(providerId: string): ConfiguredProvider {
    const found = configured.get(providerId);
    if (found === undefined) throw new PortalError('not_found', { detail: 'no such identity provider' });
    return found;
  }

  return {
    find: (providerId) => configured.get(providerId)?.provider,
    findByDomain: (domain) => byDomain.get(domainToASCII(domain)),

    async begin(providerId) {
      const { provider, connection, redirectUri } = requireProvider(providerId);
      const { configuration } = await connection.get();
      const transaction: SsoTransaction = {
        providerId,
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        codeVerifier: openid.randomPKCECodeVerifier(),
      };
      const url = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: provider.scopes.join(' '),
        state: transaction.state,
        nonce: transaction.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(transaction.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, transaction };
    },

    async finish(transaction, query) {
      const { provider, connection, redirectUri } = requireProvider(transaction.providerId);
      const connected = await connection.get();
      try {
        return await redeemCode({ provider, connected, transaction, callback: new URL(redirectUri + query) });
      } catch (error) {
        const refusal = exchangeRefusal(error);
        if (refusal.code === 'sso_unavailable') connection.refresh();
        throw refusal;
      }
    },

    async endSessionUrl(providerId) {
      const { provider, connection } = requireProvider(providerId);
      try {
        const { configuration } = await connection.get();
        const endpoint = configuration.serverMetadata().end_session_endpoint;
        if (endpoint === undefined) return undefined;
        options.http.checkAddress(new URL(endpoint), provider);
        return openid.buildEndSessionUrl(configuration, {
          post_logout_redirect_uri: `${publicUrl}/login/signed-out`,
        }).href;
      } catch {
        // A sign-out of the portal does not depend on the provider.
        return undefined;
      }
    },

    async readLogoutToken(providerId, token) {
      const { provider, connection } = requireProvider(providerId);
      return await verifyLogoutToken(token, { provider, connected: await connection.get(), clock });
    },
  };
}

interface Callback {
  readonly provider: IdentityProvider;
  readonly connected: Connected;
  readonly transaction: SsoTransaction;
  /** The callback URL as the browser requested it. */
  readonly callback: URL;
}

async function redeemCode({ provider, connected, transaction, callback }: Callback): Promise<SsoIdentity> {
  const { configuration, issuer } = connected;
  // Checks state and `iss` of the response (RFC 9207), redeems the code with PKCE (RFC 7636), then checks the ID token
  // (OpenID Connect Core 1.0 section 3.1.3.7): signature, iss, aud, azp, exp, iat and nonce.
  const tokens = await openid.authorizationCodeGrant(configuration, callback, {
    expectedState: transaction.state,
    expectedNonce: transaction.nonce,
    pkceCodeVerifier: transaction.codeVerifier,
    idTokenExpected: true,
  });
  const idToken = tokens.claims();
  if (idToken === undefined || !isSubject(idToken.sub)) throw new Error('the ID token has no usable sub');
  const wanted = wantedClaims(provider);
  const complete = wanted.every((claim) => claim in idToken);
  const userInfo: Claims =
    complete || configuration.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : await openid.fetchUserInfo(configuration, tokens.access_token, idToken.sub);
  return {
    providerId: provider.id,
    issuer,
    subject: idToken.sub,
    sid: typeof idToken['sid'] === 'string' ? idToken['sid'] : undefined,
    idToken: { ...idToken },
    userInfo,
  };
}

function wantedClaims({ nameClaim, groups, tenants, require }: IdentityProvider): string[] {
  return [
    'email',
    nameClaim,
    ...(groups === null ? [] : [groups.claim]),
    ...('claim' in tenants ? [tenants.claim] : []),
    ...require.keys(),
  ];
}

function isSubject(sub: string): boolean {
  return sub !== '' && sub.length <= LONGEST_SUBJECT && !/\p{C}/u.test(sub);
}
