/**
 * @typedef {import('./token-request.js').Token} Token
 * @typedef {{ token: Token, elapsed: () => number, lifeMs: number }} HeldToken `elapsed` counts from when it had `lifeMs` to live
 */

/** A token with less than this to live is not handed out while a newer one can be had. */
const MARGIN_MS = 30_000;

/** @param {HeldToken} held */
export function remainingMs({ lifeMs, elapsed }) {
  return lifeMs - elapsed();
}

/**
 * @param {HeldToken | undefined} held
 * @param {number} marginMs
 * @returns {held is HeldToken}
 */
export function isFresh(held, marginMs = MARGIN_MS) {
  return held !== undefined && remainingMs(held) > marginMs;
}

/**
 * Equal for tokens that speak for the same person at the same tenant, and for no others.
 * @param {{ host: string, clientId: string, sub?: string | undefined }} holder
 */
export function keyOf({ host, clientId, sub }) {
  return JSON.stringify([host, clientId, sub ?? null]);
}
