import { startElapsed } from './elapsed.js';
import { isFresh, keyOf, remainingMs } from './held-token.js';
import { withDefaults } from './options.js';
import { pauseAfter } from './retry-pause.js';
import { joinTabs } from './tabs.js';
import { createTelling } from './telling.js';
import { requestToken } from './token-request.js';
import { createWaiting } from './waiting.js';

/**
 * @typedef {import('./held-token.js').Token} Token
 * @typedef {import('./held-token.js').HeldToken} HeldToken
 * @typedef {import('./token-request.js').TokenOutcome | { kind: 'other-person' }} Outcome
 */

/** The next token is fetched this long before the end of the one in use, while somebody looks at the page. */
const AHEAD_MS = 60_000;
/** Requests that left with the last token may still be refused for this long after its successor was handed out. */
const LATE_REPORTS_MS = 5_000;
/** How long the other tabs have to answer with a token of theirs. */
const ASK_MS = 150;
/** A failure shorter than this is not worth a word to the person. */
const QUIET_MS = 2_000;

/** @type {typeof import('../qlik-token.d.ts').createQlikToken} */
export function createQlikToken(given) {
  const options = withDefaults(given);
  const telling = createTelling({ options, onRetry: retry, onSignedIn: signedIn });
  const waiting = createWaiting({ clock: options.clock, onWake });
  const tabs = joinTabs({ locks: options.locks, onMessage });

  /** Whose tokens this page may use. @type {string | undefined} */
  let key = options.holder && keyOf(options.holder);
  /** @type {HeldToken | undefined} */
  let held;
  /** The id of the token the runtime works with, '' where it got none; undefined until it first asked.
   * @type {string | undefined} */
  let handed;
  /** Since the runtime got another token than it had. @type {(() => number) | undefined} */
  let sinceSwitched;
  /** The id of the token Qlik refused, until there is another. @type {string | undefined} */
  let refused;
  /** @type {Promise<Outcome> | undefined} */
  let flight;
  /** How often somebody signed in or out, here or in another tab. */
  let sessionChanges = 0;
  /** Until the portal has said whose session it is now, no other tab is believed. */
  let inDoubt = false;
  let closed = false;

  async function getAccessToken() {
    noteRefusal();
    if (isFresh(held)) return handOut(held);
    // While the page retries by itself nobody has to wait: the embeds are mounted again when there is a token.
    if (closed || telling.isRetrying()) return handOut(undefined);
    const outcome = await waiting.within(options.timeoutMs, obtain());
    if (outcome === undefined && !telling.isTelling())
      telling.unavailable({ code: 'timeout', retrying: true });
    return handOut(outcome?.kind === 'token' ? held : undefined);
  }

  /** A runtime asks once and keeps the answer: if it asks again for what it has, Qlik refused it. */
  function noteRefusal() {
    if (!isFresh(held) || held.token.id !== handed) return;
    if (sinceSwitched !== undefined && sinceSwitched() < LATE_REPORTS_MS) return;
    refused = handed;
    held = undefined;
  }

  /** @param {HeldToken | undefined} answer */
  function handOut(answer) {
    const id = answer?.token.id ?? '';
    if (handed !== undefined && handed !== id) sinceSwitched = startElapsed(options.clock);
    handed = id;
    if (answer === undefined) telling.gaveNone();
    return answer?.token.value ?? '';
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
      const changes = sessionChanges;
      const outcome = await tabs.alone(attempt);
      // What was asked of one session says nothing about the next.
      if (changes !== sessionChanges && !closed) continue;
      if (outcome.kind !== 'failed' || closed) return conclude(outcome);
      const { code, retryable: retrying, retryAfterMs, traceId } = outcome;
      const pause = pauseAfter({ failures, retryAfterMs, random: options.random() });
      if (failures > 1 || !retrying || pause > QUIET_MS) {
        telling.unavailable({ code, retrying, ...(traceId === undefined ? {} : { traceId }) });
      }
      if (!retrying) return outcome;
      await waiting.pause(pause);
      if (closed) return outcome;
    }
  }

  /** @param {{ others: boolean }} state @returns {Promise<Outcome>} */
  async function attempt({ others }) {
    if (!inDoubt && others && key !== undefined && !isFresh(held)) {
      tabs.tell({ type: 'ask', key, not: refused });
      await waiting.untilToken(ASK_MS, () => isFresh(held));
    }
    if (!inDoubt && isFresh(held, AHEAD_MS)) return { kind: 'token', token: held.token };
    const elapsed = startElapsed(options.clock);
    const changes = sessionChanges;
    const { endpoint, fetch, attemptTimeoutMs: timeoutMs } = options;
    const outcome = await requestToken({ endpoint, fetch, timeoutMs, rejected: refused });
    if (outcome.kind !== 'token' || changes !== sessionChanges) return outcome;
    return accept(outcome.token, elapsed);
  }

  /** @param {Token} token @param {() => number} elapsed @returns {Outcome} */
  function accept(token, elapsed) {
    // A portal that does not say whose token it is leaves no way to tell who signed in.
    const unproven = inDoubt && token.sub === undefined;
    const itsKey = keyOf({ ...token, sub: token.sub ?? options.holder?.sub });
    if (unproven || (key !== undefined && itsKey !== key)) return { kind: 'other-person' };
    if (token.id === refused) return { kind: 'failed', code: 'qlik_token_refused', retryable: true };
    key = itsKey;
    inDoubt = false;
    keep({ token, elapsed, lifeMs: token.lifeMs });
    if (token.sub !== undefined)
      tabs.tell({ type: 'token', key, token, remainingMs: token.lifeMs - elapsed() });
    return { kind: 'token', token };
  }

  /** @param {HeldToken} next */
  function keep(next) {
    held = next;
    refused = undefined;
    waiting.tokenCame();
  }

  /** @param {Outcome} outcome @returns {Outcome} */
  function conclude(outcome) {
    if (outcome.kind === 'token') telling.recovered();
    if (outcome.kind === 'session-ended') telling.sessionEnded();
    if (outcome.kind === 'other-person') {
      forget();
      telling.personChanged();
    }
    return outcome;
  }

  /** @param {import('./tabs.js').TabMessage} message */
  function onMessage(message) {
    if (closed) return;
    if (message.type === 'signed-in') signedIn();
    if (message.type === 'signed-out') signedOut();
    if (message.key !== key) return;
    if (message.type === 'ask' && isFresh(held) && held.token.id !== message.not && !inDoubt) {
      tabs.tell({ type: 'token', key: message.key, token: held.token, remainingMs: remainingMs(held) });
    }
    if (message.type === 'token' && message.token.id !== refused) {
      if (held !== undefined && remainingMs(held) >= message.remainingMs) return;
      keep({ token: message.token, elapsed: startElapsed(options.clock), lifeMs: message.remainingMs });
      if (flight === undefined) telling.recovered();
    }
  }

  /** Somebody signed in, here or in another tab: only the portal's own answer says who it is. */
  function signedIn() {
    sessionChanges += 1;
    inDoubt = true;
    retry();
  }

  /** Another tab says so; if the portal does as well, the person left on purpose and this page follows. */
  function signedOut() {
    telling.expectSignOut();
    signedIn();
  }

  function retry() {
    waiting.wake();
    void obtain();
  }

  /** Time for a look at the clock: eagerly when the person, the network or the machine has just come back.
   * @param {boolean} eagerly */
  function onWake(eagerly) {
    if (closed || flight !== undefined) return;
    const ending = Boolean(handed) && !isFresh(held, AHEAD_MS);
    if ((ending && !telling.isTelling()) || (eagerly && telling.isTelling())) void obtain();
  }

  function forget() {
    closed = true;
    held = undefined;
    waiting.stop();
    tabs.leave();
  }

  return {
    // The last resort: a runtime whose getAccessToken throws is broken until the page is loaded again.
    getAccessToken: () => getAccessToken().catch(() => ''),
    addEventListener: telling.addEventListener,
    retry,
    signedIn,
    close() {
      forget();
      telling.stop();
    },
  };
}
