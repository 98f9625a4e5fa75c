import { startStopwatch } from './clock.js';

/**
 * @typedef {import('./token-request.js').Token} Token
 * @typedef {{ token: Token, age: () => number }} HeldToken `age` in ms, from when it was asked for
 */

/** A token with less than this to live is not handed out while a newer one can be had. */
const MARGIN_MS = 30_000;
/** Requests sent with the last token may still be refused for this long after its successor was handed out. */
const LATE_REPORTS_MS = 5_000;

/**
 * Equal for tokens that speak for the same person at the same tenant, and for no others.
 * @param {{ host: string, clientId: string, sub?: string | undefined }} holder
 */
export function holderKey({ host, clientId, sub }) {
  return JSON.stringify([host, clientId, sub ?? null]);
}

/**
 * The page's token, and which one the runtime has: how the shim learns that Qlik refused a token, since no API says so.
 * @param {{ wall(): number, monotonic(): number }} clock
 */
export function createCurrentToken(clock) {
  /** @type {HeldToken | undefined} */
  let held;
  /** The id of the token the runtime works with, '' where it got none; undefined until it first asked.
   * @type {string | undefined} */
  let handedOut;
  /** Since the runtime got another token than it had. @type {(() => number) | undefined} */
  let sinceSwitched;
  /** The id of the token Qlik refused, until there is another. @type {string | undefined} */
  let refused;

  /** @param {number} [marginMs] @returns {Token | undefined} the token, where it is good for that long */
  function fresh(marginMs = MARGIN_MS) {
    return held !== undefined && held.token.lifeMs - held.age() > marginMs ? held.token : undefined;
  }

  return {
    fresh,
    /** The newest there is, however little it has to live. */
    newest: () => held?.token,
    refusedId: () => refused,
    isInUse: () => Boolean(handedOut),

    /** A runtime asks once and keeps the answer: if it asks again for what it has, Qlik refused it. */
    noteCall() {
      const token = fresh();
      if (token === undefined || token.id !== handedOut) return;
      if (sinceSwitched !== undefined && sinceSwitched() < LATE_REPORTS_MS) return;
      refused = handedOut;
      held = undefined;
    },

    /** @param {Token | undefined} token @returns {string} what the runtime gets */
    handOut(token) {
      const id = token?.id ?? '';
      if (handedOut !== undefined && handedOut !== id) sinceSwitched = startStopwatch(clock);
      handedOut = id;
      return token?.value ?? '';
    },

    /** @param {HeldToken} next */
    replace(next) {
      held = next;
      refused = undefined;
    },

    drop() {
      held = undefined;
    },
  };
}
