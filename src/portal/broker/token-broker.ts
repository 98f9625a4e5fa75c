import type { Clock } from '../../domain/clock.ts';
import type { QlikOAuth } from '../../domain/ports.ts';
import { tokenKey } from '../../domain/token-key.ts';
import type { AccessToken, TokenRequest } from '../../domain/token.ts';

export interface TokenBroker {
  /**
   * A token that works: the cached one, or the one that a single exchange makes for all who ask meanwhile.
   * @throws PortalError qlik_user_disabled, qlik_token_limit, qlik_client_rejected, qlik_rate_limited,
   * qlik_unavailable, qlik_timeout, qlik_bad_response, qlik_bad_request
   */
  get(request: TokenRequest): Promise<AccessToken>;
  /** Replaces the token if it is still the current one; see {@link get}, and qlik_token_refused. */
  reject(request: TokenRequest, tokenId: string): Promise<AccessToken>;
  /** Lets go of the current token and returns it. */
  forget(request: TokenRequest): Promise<AccessToken | undefined>;
}

export interface TokenBrokerDeps {
  readonly oauth: Pick<QlikOAuth, 'impersonate'>;
  readonly clock: Clock;
}

export function createTokenBroker({ oauth, clock }: TokenBrokerDeps): TokenBroker {
  const cache = new Map<string, AccessToken>();
  const flights = new Map<string, Promise<AccessToken>>();

  function exchange(key: string, request: TokenRequest): Promise<AccessToken> {
    const running = flights.get(key);
    if (running) return running;
    const flight = oauth.impersonate(request).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  async function get(request: TokenRequest): Promise<AccessToken> {
    const key = tokenKey(request);
    const cached = cache.get(key);
    if (cached && cached.expiresAt > clock.now()) return cached;
    const token = await exchange(key, request);
    cache.set(key, token);
    return token;
  }

  return {
    get,
    async reject(request, tokenId) {
      const key = tokenKey(request);
      if (cache.get(key)?.tokenId === tokenId) cache.delete(key);
      return get(request);
    },
    async forget(request) {
      const key = tokenKey(request);
      const token = cache.get(key);
      cache.delete(key);
      return token;
    },
  };
}
