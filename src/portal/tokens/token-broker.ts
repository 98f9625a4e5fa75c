import { PortalError } from '../../domain/errors.ts';
import { tokenKey } from '../../domain/rules/token-key.ts';
import { tokenAge, type TokenAgeing } from '../../domain/rules/token-lifetime.ts';
import type { StoredToken, TokenStore } from '../../domain/ports/token-store.ts';
import type { AccessToken, TokenRequest } from '../../domain/model/token.ts';
import type { ExchangeDeps } from './exchange.ts';
import { createFlights, type Errand } from './flights.ts';
import { createObtainToken } from './obtain-token.ts';
import { createTenantGates } from './tenant-gate.ts';

export interface TokenBroker {
  /**
   * A token that works: the one that is known, or the one that a single exchange makes for all who ask meanwhile.
   * @throws PortalError qlik_user_disabled, qlik_token_limit, qlik_client_rejected, qlik_rate_limited,
   * qlik_unavailable, qlik_timeout, qlik_bad_response, qlik_bad_request
   */
  get(request: TokenRequest): Promise<AccessToken>;
  /** Replaces the token if it is still the current one; see {@link TokenBroker.get}, and qlik_token_refused. */
  reject(request: TokenRequest, tokenId: string): Promise<AccessToken>;
  /** Lets go of the current token, in every replica, and returns it. */
  forget(request: TokenRequest): Promise<AccessToken | undefined>;
}

export interface TokenBrokerOptions extends TokenAgeing {
  /** How long a caller waits where there is no token yet. More than one exchange may take, or it never times out. */
  readonly patienceMs: number;
  /** How long a caller waits for a better token than the one that is about to end. */
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

/** One exchange per token life, whatever happens. */
export function createTokenBroker(deps: TokenBrokerDeps): TokenBroker {
  const { store, clock, observe, log } = deps;
  const options = { ...DEFAULTS, ...deps.options };
  const gateOf = createTenantGates(deps);
  const obtain = createObtainToken({ ...deps, gateOf, ageing: options });
  const flights = createFlights({ ...deps, gateOf, obtain });

  const ageOf = (stored: StoredToken) => tokenAge(stored, options, clock.now());
  const isTooShort = (stored: StoredToken) => ['ending', 'expired'].includes(ageOf(stored));

  async function serve(request: TokenRequest, key: string): Promise<AccessToken> {
    const near = store.peek(key);
    // Another replica may have made one, or the successor of one that is too short.
    const known = near === undefined || isTooShort(near) ? await store.read(key) : near;
    const errand = { key, request, newerThan: known?.fence ?? 0 };
    if (known === undefined) return made(errand, options.patienceMs);
    if (isTooShort(known)) return made(errand, options.patienceWithTokenMs);
    if (ageOf(known) === 'ageing') flights.begin(errand);
    observe({ type: 'served', from: 'cache', tenantId: request.tenantId });
    return known.token;
  }

  async function made(errand: Errand, patienceMs: number): Promise<AccessToken> {
    const { tenantId } = errand.request;
    try {
      const { token } = await flights.wait(errand, patienceMs);
      observe({ type: 'served', from: 'exchange', tenantId });
      return token;
    } catch (error) {
      // Whatever is wrong with the tenant, a token that still works is served to its end.
      const { token } = store.peek(errand.key) ?? {};
      if (token === undefined) throw error;
      observe({ type: 'served', from: 'cache', tenantId });
      return token;
    }
  }

  return {
    get: (request) => serve(request, tokenKey(request)),

    async reject(request, tokenId) {
      const key = tokenKey(request);
      let known = store.peek(key);
      // It may be one that another replica made.
      if (known?.token.tokenId !== tokenId) known = await store.read(key);
      if (known?.token.tokenId !== tokenId) return serve(request, key);
      const ageMs = clock.now() - known.token.issuedAt;
      if (known.replacesRefused && ageMs < options.refusedAgainMs) {
        const retryAfterS = Math.ceil((options.refusedAgainMs - ageMs) / 1000);
        log.warn({ tenantId: request.tenantId, tokenId }, 'Qlik refused the token and its replacement');
        throw new PortalError('qlik_token_refused', { retryAfterS });
      }
      await store.drop(key, tokenId, 'refused');
      return serve(request, key);
    },

    async forget(request) {
      const key = tokenKey(request);
      // One that is just being made would outlive whom it is for.
      await flights.landed(key);
      const known = await store.read(key);
      if (known === undefined) return undefined;
      await store.drop(key, known.token.tokenId, 'forgotten');
      return known.token;
    },
  };
}
