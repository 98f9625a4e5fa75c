import { browserClock } from './elapsed.js';

/**
 * The only place for defaults.
 * @param {import('../qlik-token.d.ts').QlikTokenOptions} given
 */
export function withDefaults(given = {}) {
  return {
    endpoint: given.endpoint ?? '/api/qlik-token',
    loginUrl: given.loginUrl ?? '/login',
    timeoutMs: given.timeoutMs ?? 20_000,
    // Longer than the portal lets anybody wait for the tenant, or its answer would come to nobody.
    attemptTimeoutMs: given.attemptTimeoutMs ?? 17_000,
    holder: given.holder,
    account: given.account ?? '',
    clock: given.clock ?? browserClock,
    fetch: given.fetch ?? globalThis.fetch.bind(globalThis),
    // Web Locks exist in secure contexts only (HTTPS, or localhost).
    locks:
      given.locks === undefined
        ? (/** @type {LockManager | undefined} */ (navigator.locks) ?? null)
        : given.locks,
    random: given.random ?? Math.random,
  };
}

/** @typedef {ReturnType<typeof withDefaults>} Options */
