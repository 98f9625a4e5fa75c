import { browserClock } from './clock.js';

/**
 * The only place for defaults.
 * @param {import('../qlik-token.d.ts').QlikTokenOptions} given
 */
export function withDefaults(given = {}) {
  return {
    endpoint: given.endpoint ?? '/api/qlik-token',
    loginUrl: given.loginUrl ?? '/login',
    timeoutMs: given.timeoutMs ?? 20_000,
    // Longer than the portal waits for the tenant, so that its own answer comes first.
    attemptTimeoutMs: given.attemptTimeoutMs ?? 17_000,
    holder: given.holder,
    account: given.account ?? '',
    clock: given.clock ?? browserClock,
    fetch: given.fetch ?? globalThis.fetch.bind(globalThis),
    random: given.random ?? Math.random,
  };
}

/** @typedef {ReturnType<typeof withDefaults>} Options */
