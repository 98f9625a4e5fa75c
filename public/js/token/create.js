import { startElapsed } from './elapsed.js';
import { createHand } from './hand.js';
import { keyOf, remainingMs } from './held-token.js';
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
/** How long the other tabs have to answer with a token of theirs. */
const ASK_MS = 150;
/** A failure shorter than this is not worth a word to the person. */
const QUIET_MS = 2_000;

/** @type {typeof import('../qlik-token.d.ts').createQlikToken} */
export function createQlikToken(given) {
  const options = withDefaults(given);
  // First, since a browser may refuse it: then nothing is left behind that ticks.
  const tabs = joinTabs({ locks: options.locks, onMessage });
  const telling = createTelling({ options, onRetry: retry, onSignedIn: signedIn });
  const waiting = createWaiting({ clock: options.clock, onWake });
  const hand = createHand(options.clock);

  /** Whose tokens this page may use. @type {string | undefined} */
  let key = options.holder && keyOf(options.holder);
  /** @type {Promise<Outcome> | undefined} */
  let flight;
  /** How often somebody signed in or out, here or in another tab. */
  let sessionChanges = 0;
  /** Until the portal has said whose session it is now, no other tab is believed. */
  let inDoubt = false;
  let closed = false;

  async function getAccessToken() {
    hand.noteAsked();
    const found = closed ? undefined : (hand.fresh() ?? (await findToken()));
    if (found === undefined) telling.gaveNone();
    return hand.give(found);
  }

  /** For a runtime that waits. @returns {Promise<HeldToken | undefined>} */
  async function findToken() {
    // While the page retries by itself nobody has to wait: the embeds are mounted again when there is a token.
    if (telling.isRetrying()) return hand.fresh(0);
    const outcome = await waiting.within(options.timeoutMs, obtain());
    if (closed) return undefined;
    if (outcome === undefined && !telling.isTelling())
      telling.unavailable({ code: 'timeout', retrying: true });
    if (outcome?.kind === 'token') return hand.newest();
    return outcome?.kind === 'session-ended' ? undefined : hand.fresh(0);
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
      if (closed) return outcome;
      // What was asked of one session says nothing about the next.
      if (changes !== sessionChanges) continue;
      if (outcome.kind !== 'failed') return conclude(outcome);
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
    if (!inDoubt && others && key !== undefined && hand.fresh() === undefined) {
      tabs.tell({ type: 'ask', endpoint: options.endpoint, key, not: hand.refusedId() });
      await waiting.untilToken(ASK_MS, () => hand.fresh() !== undefined);
    }
    const there = inDoubt ? undefined : hand.fresh(AHEAD_MS);
    if (there !== undefined) return { kind: 'token', token: there.token };
    const elapsed = startElapsed(options.clock);
    const changes = sessionChanges;
    const { endpoint, fetch, attemptTimeoutMs: timeoutMs } = options;
    const outcome = await requestToken({ endpoint, fetch, timeoutMs, rejected: hand.refusedId() });
    if (outcome.kind !== 'token' || changes !== sessionChanges || closed) return outcome;
    return accept(outcome.token, elapsed);
  }

  /** @param {Token} token @param {() => number} elapsed @returns {Outcome} */
  function accept(token, elapsed) {
    // A portal that does not say whose token it is leaves no way to tell who signed in.
    const unproven = inDoubt && token.sub === undefined;
    const itsKey = keyOf({ ...token, sub: token.sub ?? options.holder?.sub });
    if (unproven || (key !== undefined && itsKey !== key)) return { kind: 'other-person' };
    if (token.id === hand.refusedId()) return { kind: 'failed', code: 'qlik_token_refused', retryable: true };
    key = itsKey;
    inDoubt = false;
    const fetched = { token, elapsed, lifeMs: token.lifeMs };
    take(fetched);
    if (token.sub !== undefined) share(key, fetched);
    return { kind: 'token', token };
  }

  /** @param {HeldToken} next */
  function take(next) {
    hand.take(next);
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
    else if (message.type === 'signed-out') signedOut();
    else if (message.endpoint !== options.endpoint || key === undefined) return;
    else if (message.type === 'ask') answer(message);
    else if (message.key === key) takeOver(message);
    // The session of this browser has made a token for someone else.
    else signedIn();
  }

  /** @param {{ key: string, not: string | undefined }} asked */
  function answer(asked) {
    const there = hand.fresh();
    if (!inDoubt && asked.key === key && there !== undefined && there.token.id !== asked.not)
      share(key, there);
  }

  /** @param {{ token: Token, remainingMs: number }} offered */
  function takeOver(offered) {
    const own = hand.newest();
    if (offered.token.id === hand.refusedId()) return;
    if (own !== undefined && remainingMs(own) >= offered.remainingMs) return;
    take({ token: offered.token, elapsed: startElapsed(options.clock), lifeMs: offered.remainingMs });
    if (flight === undefined) telling.recovered();
  }

  /** @param {string} itsKey @param {HeldToken} shared */
  function share(itsKey, shared) {
    const { endpoint } = options;
    tabs.tell({
      type: 'token',
      endpoint,
      key: itsKey,
      token: shared.token,
      remainingMs: remainingMs(shared),
    });
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
    if (closed) return;
    waiting.wake();
    void obtain();
  }

  /** Time for a look at the clock: eagerly when the person, the network or the machine has just come back.
   * @param {boolean} eagerly */
  function onWake(eagerly) {
    if (closed || flight !== undefined) return;
    const ending = hand.isInUse() && hand.fresh(AHEAD_MS) === undefined;
    if ((ending && !telling.isTelling()) || (eagerly && telling.isTelling())) void obtain();
  }

  function forget() {
    closed = true;
    hand.drop();
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
