import { startElapsed } from './elapsed.js';
import { createTelling } from './telling.js';
import { createWaiting } from './waiting.js';
import { joinTabs } from './tabs.js';
import { requestToken } from './token-request.js';
import { withDefaults } from './options.js';

/**
 * @typedef {import('./token-request.js').Token} Token
 * @typedef {import('./token-request.js').TokenOutcome | { kind: 'other-person' }} Outcome
 * @typedef {{ token: Token, elapsed: () => number, lifeMs: number }} Held
 */

/** A token with less than this to live is not handed out while a newer one can be had. */
const MARGIN_MS = 30_000;
/** The next token is fetched this long before the end of the one in use, while somebody looks at the page. */
const AHEAD_MS = 60_000;
/** Requests that left with the refused token may still fail for this long after its successor came. */
const LATE_REPORTS_MS = 5_000;
/** How long the other tabs have to answer with a token of theirs. */
const ASK_MS = 150;
/** A failure shorter than this is not worth a word to the person. */
const QUIET_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** A Retry-After beyond this is not believed. */
const LONGEST_WAIT_MS = 300_000;

/** @type {typeof import('../qlik-token.d.ts').createQlikToken} */
export function createQlikToken(given) {
  const options = withDefaults(given);
  const telling = createTelling({ options, onRetry: retry, onSignedIn: signedIn });
  const waiting = createWaiting({ clock: options.clock, onWake });
  const tabs = joinTabs({ locks: options.locks, onMessage });

  /** Whose tokens this page may use; a token of anyone else means that somebody else signed in.
   * @type {string | undefined} */
  let key = options.holder && keyOf(options.holder);
  /** @type {Held | undefined} */
  let held;
  /** The id of the token the runtime works with, '' where it was given none. */
  let handed = '';
  /** The id of the token Qlik refused, until another one is there.
   * @type {string | undefined} */
  let refused;
  /** Time since a refused token got its successor.
   * @type {(() => number) | undefined} */
  let sinceReplaced;
  /** @type {Promise<Outcome> | undefined} */
  let flight;
  /** Somebody signed in since the last answer of the portal: it may be someone else. */
  let inDoubt = false;
  let closed = false;

  async function getAccessToken() {
    noteRefusal();
    if (isFresh(held)) return handOut(held);
    // While the person is told and the page retries by itself, nobody has to wait: recovery mounts the embeds again.
    if (closed || telling.isRetrying()) return handOut(undefined);
    const outcome = await waiting.within(options.timeoutMs, obtain());
    if (outcome === undefined) telling.unavailable({ code: 'timeout', retrying: true });
    return handOut(outcome?.kind === 'token' ? held : undefined);
  }

  /** A runtime asks once and keeps the answer: if it asks again for what it has, Qlik refused it. */
  function noteRefusal() {
    if (!isFresh(held) || held.token.id !== handed) return;
    if (sinceReplaced !== undefined && sinceReplaced() < LATE_REPORTS_MS) return;
    refused = handed;
    held = undefined;
  }

  /** @param {Held | undefined} held */
  function handOut(held) {
    handed = held?.token.id ?? '';
    if (held === undefined) telling.gaveNone();
    return held?.token.value ?? '';
  }

  /** One flight for all callers of this page. @returns {Promise<Outcome>} */
  function obtain() {
    flight ??= fly().finally(() => {
      flight = undefined;
    });
    return flight;
  }

  /** Tries until there is a token, or until trying again is useless. @returns {Promise<Outcome>} */
  async function fly() {
    for (let failures = 1; ; failures += 1) {
      const outcome = await tabs.alone(attempt);
      if (outcome.kind !== 'failed') return conclude(outcome);
      const { code, retryable: retrying, traceId } = outcome;
      const pause = pauseAfter(failures, outcome.retryAfterMs, options.random());
      if (failures > 1 || !retrying || pause > QUIET_MS)
        telling.unavailable({ code, retrying, ...(traceId ? { traceId } : {}) });
      if (!retrying || closed) return outcome;
      await waiting.pause(pause);
      if (isFresh(held)) return conclude({ kind: 'token', token: held.token });
    }
  }

  /** @param {{ others: boolean }} state @returns {Promise<Outcome>} */
  async function attempt({ others }) {
    if (others && key !== undefined && !inDoubt) {
      tabs.tell({ type: 'ask', key, not: refused });
      await waiting.untilToken(ASK_MS, () => isFresh(held));
    }
    if (isFresh(held) && !inDoubt) return { kind: 'token', token: held.token };
    const elapsed = startElapsed(options.clock);
    const { endpoint, fetch, attemptTimeoutMs: timeoutMs } = options;
    const outcome = await requestToken({ endpoint, fetch, timeoutMs, rejected: refused });
    return outcome.kind === 'token' ? accept(outcome.token, elapsed) : outcome;
  }

  /** @param {Token} token @param {() => number} elapsed @returns {Outcome} */
  function accept(token, elapsed) {
    const itsKey = keyOf({ ...token, sub: token.sub ?? options.holder?.sub });
    const unproven = inDoubt && token.sub === undefined;
    inDoubt = false;
    if (unproven || (key !== undefined && itsKey !== key)) return { kind: 'other-person' };
    if (token.id === refused) return { kind: 'failed', code: 'qlik_token_refused', retryable: true };
    key = itsKey;
    keep({ token, elapsed, lifeMs: token.lifeMs });
    if (token.sub !== undefined)
      tabs.tell({ type: 'token', key, token, remainingMs: token.lifeMs - elapsed() });
    return { kind: 'token', token };
  }

  /** @param {Held} next */
  function keep(next) {
    if (refused !== undefined) {
      refused = undefined;
      sinceReplaced = startElapsed(options.clock);
    }
    held = next;
    waiting.tokenCame();
  }

  /** @param {Outcome} outcome @returns {Outcome} */
  function conclude(outcome) {
    if (outcome.kind === 'token') telling.recovered();
    if (outcome.kind === 'session-ended') telling.sessionExpired();
    if (outcome.kind === 'other-person') forgetAnd(telling.personChanged);
    return outcome;
  }

  /** @param {import('./tabs.js').TabMessage} message */
  function onMessage(message) {
    if (closed) return;
    if (message.type === 'signed-out') forgetAnd(telling.signedOut);
    if (message.type === 'signed-in') signedIn();
    if (message.type === 'ask' && message.key === key && isFresh(held) && held.token.id !== message.not) {
      tabs.tell({ type: 'token', key, token: held.token, remainingMs: held.lifeMs - held.elapsed() });
    }
    if (message.type === 'token' && message.key === key && message.token.id !== refused) {
      if (held !== undefined && held.lifeMs - held.elapsed() >= message.remainingMs) return;
      keep({ token: message.token, elapsed: startElapsed(options.clock), lifeMs: message.remainingMs });
      if (flight === undefined) telling.recovered();
    }
  }

  /** Somebody signed in, here or in another tab: only the portal's own answer says who it is now. */
  function signedIn() {
    inDoubt = true;
    retry();
  }

  function retry() {
    waiting.wake();
    void obtain();
  }

  /** The machine woke up, the network came back, or the person looks at the page again. @param {boolean} eagerly */
  function onWake(eagerly) {
    if (closed || flight !== undefined) return;
    const ending = handed !== '' && !isFresh(held, AHEAD_MS);
    if (ending || (eagerly && telling.isTelling())) void obtain();
  }

  /** @param {() => void} andThen */
  function forgetAnd(andThen) {
    held = undefined;
    handed = '';
    key = undefined;
    closed = true;
    andThen();
  }

  function close() {
    forgetAnd(() => undefined);
    waiting.stop();
    tabs.leave();
    telling.stop();
  }

  return {
    getAccessToken: () => getAccessToken().catch(() => ''),
    addEventListener: telling.addEventListener,
    removeEventListener: telling.removeEventListener,
    retry,
    signedIn,
    close,
  };
}

/**
 * Equal for tokens that speak for the same person at the same tenant, and for no others.
 * @param {{ host: string, clientId: string, sub?: string | undefined }} holder
 */
function keyOf({ host, clientId, sub }) {
  return JSON.stringify([host, clientId, sub ?? null]);
}

/**
 * @param {Held | undefined} held
 * @param {number} marginMs
 * @returns {held is Held}
 */
function isFresh(held, marginMs = MARGIN_MS) {
  return held !== undefined && held.lifeMs - held.elapsed() > marginMs;
}

/**
 * What the portal asked for, with some spread so that not all pages come back at once; else exponential, full jitter.
 * @param {number} failures
 * @param {number | undefined} retryAfterMs
 * @param {number} random
 */
function pauseAfter(failures, retryAfterMs, random) {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_WAIT_MS) + 250 + random * 1000;
  return 250 + random * Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}
