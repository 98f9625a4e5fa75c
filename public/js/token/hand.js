import { startElapsed } from './elapsed.js';
import { isFresh } from './held-token.js';

/** @typedef {import('./held-token.js').HeldToken} HeldToken */

/** Requests that left with the last token may still be refused for this long after its successor was handed out. */
const LATE_REPORTS_MS = 5_000;

/**
 * The token in hand, and what the runtime was handed: how the shim knows that Qlik refused one, since nobody says so.
 * @param {{ wall(): number, monotonic(): number }} clock
 */
export function createHand(clock) {
  /** @type {HeldToken | undefined} */
  let held;
  /** The id of the token the runtime works with, '' where it got none; undefined until it first asked.
   * @type {string | undefined} */
  let handed;
  /** Since the runtime got another token than it had. @type {(() => number) | undefined} */
  let sinceSwitched;
  /** The id of the token Qlik refused, until there is another. @type {string | undefined} */
  let refused;

  return {
    /** @param {number} [marginMs] @returns {HeldToken | undefined} the token, where it is good for that long */
    fresh: (marginMs) => (isFresh(held, marginMs) ? held : undefined),
    /** The newest there is, however little it has to live. */
    newest: () => held,
    refusedId: () => refused,
    isInUse: () => Boolean(handed),

    /** A runtime asks once and keeps the answer: if it asks again for what it has, Qlik refused it. */
    noteAsked() {
      if (!isFresh(held) || held.token.id !== handed) return;
      if (sinceSwitched !== undefined && sinceSwitched() < LATE_REPORTS_MS) return;
      refused = handed;
      held = undefined;
    },

    /** @param {HeldToken | undefined} answer @returns {string} what the runtime gets for it */
    give(answer) {
      const id = answer?.token.id ?? '';
      if (handed !== undefined && handed !== id) sinceSwitched = startElapsed(clock);
      handed = id;
      return answer?.token.value ?? '';
    },

    /** @param {HeldToken} next */
    take(next) {
      held = next;
      refused = undefined;
    },

    drop() {
      held = undefined;
    },
  };
}
