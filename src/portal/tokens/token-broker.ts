import { PortalError } from '../../domain/errors.ts';
import { tokenKey } from '../../domain/rules/token-key.ts';
import { tokenAge, type TokenAgeing } from '../../domain/rules/token-lifetime.ts';
import type { StoredToken, TokenStore } from '../../domain/ports/token-store.ts';
import type { AccessToken, TokenRequest } from '../../domain/model/token.ts';
import type { ExchangeDeps } from './exchange.ts';
import type { TokenFetch } from './token-fetch.ts';
import { createTokenFetches } from './token-fetches.ts';
import { createObtainToken } from './obtain-token.ts';
import { createTenantQueues } from './tenant-queue.ts';

export interface TokenBroker {
  /**
   * A token that works: the current one, or the result of one exchange that concurrent callers share.
   * @throws PortalError qlik_user_disabled, qlik_token_limit, qlik_client_rejected, qlik_rate_limited,
   * qlik_unavailable, qlik_timeout, qlik_bad_response, qlik_bad_request
   */
  get(request: TokenRequest): Promise<AccessToken>;
  /** Replaces the token if it is still the current one; see {@link TokenBroker.get}, and qlik_token_refused. */
  reject(request: TokenRequest, tokenId: string): Promise<AccessToken>;
  /** Drops the current token, in every replica, and returns it. */
  forget(request: TokenRequest): Promise<AccessToken | undefined>;
}

export interface TokenBrokerOptions extends TokenAgeing {
  /** How long a caller without a token waits. Longer than an exchange may take, or callers time out before it does. */
  readonly patienceMs: number;
  /** How long a caller waits for the successor of a token that is about to expire. */
  readonly patienceWithTokenMs: number;
  /** A token that replaced a refused one, and is refused within this, is not replaced again. */
  readonly refusedAgainMs: number;
}

export interface TokenBrokerDeps extends ExchangeDeps {
  readonly store: TokenStore;
  readonly options?: Partial<TokenBrokerOptions>;
}

const DEFAULTS: TokenBrokerOptions = {
  minRemainingMs: 5 * 60_000,
  patienceMs: 15_000,
  patienceWithTokenMs: 2_000,
  refusedAgainMs: 60_000,
};

/** One exchange per token life, however many callers, tabs and replicas ask. */
export function createTokenBroker(deps: TokenBrokerDeps): TokenBroker {
  const { store, clock, observe, log } = deps;
  const options = { ...DEFAULTS, ...deps.options };
  const queueOf = createTenantQueues(deps);
  const obtain = createObtainToken({ ...deps, queueOf, ageing: options });
  const fetches = createTokenFetches({ ...deps, queueOf, obtain });

  const ageOf = (stored: StoredToken) => tokenAge(stored, options, clock.now());
  const isTooShort = (stored: StoredToken) => ['ending', 'expired'].includes(ageOf(stored));

  async function serve(request: TokenRequest, key: string): Promise<AccessToken> {
    const local = store.peek(key);
    // Another replica may have fetched a token, or the successor of a short one.
    const current = local === undefined || isTooShort(local) ? await store.read(key) : local;
    const fetch = { key, request, newerThan: current?.fence ?? 0 };
    if (current === undefined) return fetched(fetch, options.patienceMs);
    if (isTooShort(current)) return fetched(fetch, options.patienceWithTokenMs);
    if (ageOf(current) === 'ageing') fetches.begin(fetch);
    observe({ type: 'served', from: 'cache', tenantId: request.tenantId });
    return current.token;
  }

  async function fetched(fetch: TokenFetch, patienceMs: number): Promise<AccessToken> {
    const { tenantId } = fetch.request;
    try {
      const { token } = await fetches.wait(fetch, patienceMs);
      observe({ type: 'served', from: 'exchange', tenantId });
      return token;
    } catch (error) {
      // Whatever is wrong with the tenant, a token that still works is served until it expires.
      const { token } = store.peek(fetch.key) ?? {};
      if (token === undefined) throw error;
      observe({ type: 'served', from: 'cache', tenantId });
      return token;
    }
  }

  return {
    get: (request) => serve(request, tokenKey(request)),

    async reject(request, tokenId) {
      const key = tokenKey(request);
      let current = store.peek(key);
      // Another replica may have fetched it.
      if (current?.token.tokenId !== tokenId) current = await store.read(key);
      if (current?.token.tokenId !== tokenId) return serve(request, key);
      const ageMs = clock.now() - current.token.issuedAt;
      if (current.replacesRefused && ageMs < options.refusedAgainMs) {
        const retryAfterS = Math.ceil((options.refusedAgainMs - ageMs) / 1000);
        log.warn({ tenantId: request.tenantId, tokenId }, 'Qlik refused the token and its replacement');
        throw new PortalError('qlik_token_refused', { retryAfterS });
      }
      await store.drop(key, tokenId, 'refused');
      return serve(request, key);
    },

    async forget(request) {
      const key = tokenKey(request);
      // A token that is fetched right now would otherwise stay after the sign-out it is forgotten for.
      await fetches.idle(key);
      const current = await store.read(key);
      if (current === undefined) return undefined;
      await store.drop(key, current.token.tokenId, 'forgotten');
      return current.token;
    },
  };
}
