import { startStopwatch } from './clock.js';
import { createCurrentToken, holderKey } from './current-token.js';
import { createNotifier } from './notifier.js';
import { withDefaults } from './options.js';
import { pauseAfter } from './retry-pause.js';
import { createScheduler } from './scheduler.js';
import { joinSessionChannel } from './session-channel.js';
import { requestToken } from './token-request.js';

/**
 * @typedef {import('./token-request.js').Token} Token
 * @typedef {import('./token-request.js').TokenOutcome | { kind: 'other-person' }} Outcome
 */

/** The next token is fetched this long before the end of the one in use, while the page is visible. */
const AHEAD_MS = 60_000;
/** A failure shorter than this is not shown. */
const QUIET_MS = 2_000;

/** @type {typeof import('../qlik-token.d.ts').createQlikToken} */
export function createQlikToken(given) {
  const options = withDefaults(given);
  // First, since a browser may refuse it: then no timer is left running.
  const channel = joinSessionChannel(onMessage);
  const notifier = createNotifier({ options, onRetry: retry, onSignedIn: signedIn });
  const scheduler = createScheduler({ clock: options.clock, onWake });
  const current = createCurrentToken(options.clock);

  /** Whose tokens this page may use. @type {string | undefined} */
  let holder = options.holder && holderKey(options.holder);
  /** @type {Promise<Outcome> | undefined} */
  let inFlight;
  /** How often a person signed in or out, here or in another tab. */
  let sessionChanges = 0;
  /** Set from a session change until the portal has said whose session it is now. */
  let inDoubt = false;
  let announced = false;
  let closed = false;

  async function getAccessToken() {
    current.noteCall();
    const token = closed ? undefined : (current.fresh() ?? (await findToken()));
    if (token === undefined) notifier.gaveNone();
    return current.handOut(token);
  }

  /** For a runtime that waits. @returns {Promise<Token | undefined>} */
  async function findToken() {
    // While the page retries by itself no caller has to wait: the embeds are mounted again when there is a token.
    if (notifier.isRetrying()) return current.fresh(0);
    const outcome = await scheduler.within(options.timeoutMs, obtain());
    if (closed) return undefined;
    if (outcome === undefined && !notifier.hasProblem())
      notifier.unavailable({ code: 'timeout', retrying: true });
    if (outcome?.kind === 'token') return current.newest();
    return outcome?.kind === 'session-ended' ? undefined : current.fresh(0);
  }

  /** One request for all callers of this page. @returns {Promise<Outcome>} */
  function obtain() {
    inFlight ??= tryUntilSettled().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  /** Tries until there is a token, or until trying again is useless. @returns {Promise<Outcome>} */
  async function tryUntilSettled() {
    for (let failures = 1; ; failures += 1) {
      const changes = sessionChanges;
      const outcome = await attempt();
      if (closed) return outcome;
      // What was asked of one session says nothing about the next.
      if (changes !== sessionChanges) continue;
      if (outcome.kind !== 'failed') return conclude(outcome);
      const { code, retryable: retrying, retryAfterMs, traceId } = outcome;
      const pause = pauseAfter({ failures, retryAfterMs, random: options.random() });
      if (failures > 1 || !retrying || pause > QUIET_MS) {
        notifier.unavailable({ code, retrying, ...(traceId === undefined ? {} : { traceId }) });
      }
      if (!retrying) return outcome;
      await scheduler.pause(pause);
      if (closed) return outcome;
    }
  }

  /** @returns {Promise<Outcome>} */
  async function attempt() {
    const known = inDoubt ? undefined : current.fresh(AHEAD_MS);
    if (known !== undefined) return { kind: 'token', token: known };
    const age = startStopwatch(options.clock);
    const changes = sessionChanges;
    const { endpoint, fetch, attemptTimeoutMs: timeoutMs } = options;
    const outcome = await requestToken({ endpoint, fetch, timeoutMs, rejected: current.refusedId() });
    if (outcome.kind !== 'token' || changes !== sessionChanges || closed) return outcome;
    return accept(outcome.token, age);
  }

  /** @param {Token} token @param {() => number} age @returns {Outcome} */
  function accept(token, age) {
    // An answer that does not name its account leaves no way to tell who signed in.
    const unproven = inDoubt && token.sub === undefined;
    const itsHolder = holderKey({ ...token, sub: token.sub ?? options.holder?.sub });
    if (unproven || (holder !== undefined && itsHolder !== holder)) return { kind: 'other-person' };
    if (token.id === current.refusedId())
      return { kind: 'failed', code: 'qlik_token_refused', retryable: true };
    holder = itsHolder;
    inDoubt = false;
    current.replace({ token, age });
    // Other tabs learn whose session it is now: that of another person, or theirs again.
    if (!announced || notifier.hasProblem()) channel.announce({ type: 'signed-in', holder });
    announced = true;
    return { kind: 'token', token };
  }

  /** @param {Outcome} outcome @returns {Outcome} */
  function conclude(outcome) {
    if (outcome.kind === 'token') notifier.recovered();
    if (outcome.kind === 'session-ended') notifier.sessionEnded();
    if (outcome.kind === 'other-person') {
      forget();
      notifier.personChanged();
    }
    return outcome;
  }

  /** @param {import('./session-channel.js').SessionMessage} message */
  function onMessage(message) {
    if (closed) return;
    // If the portal says so as well, the person left on purpose and this page follows.
    if (message.type === 'signed-out') notifier.expectSignOut();
    else if (message.holder !== undefined && message.holder === holder && !notifier.hasProblem()) return;
    signedIn();
  }

  /** A person signed in or out, here or in another tab: only the portal's own answer says who it is. */
  function signedIn() {
    sessionChanges += 1;
    inDoubt = true;
    retry();
  }

  function retry() {
    if (closed) return;
    scheduler.wake();
    void obtain();
  }

  /** @param {boolean} eagerly when the person, the network or the machine has just come back */
  function onWake(eagerly) {
    if (closed || inFlight !== undefined) return;
    const ending = current.isInUse() && current.fresh(AHEAD_MS) === undefined;
    if ((ending && !notifier.hasProblem()) || (eagerly && notifier.hasProblem())) void obtain();
  }

  function forget() {
    closed = true;
    current.drop();
    scheduler.stop();
    channel.leave();
  }

  return {
    // The last resort: a runtime whose getAccessToken throws is broken until the page is loaded again.
    getAccessToken: () => getAccessToken().catch(() => ''),
    addEventListener: notifier.addEventListener,
    retry,
    signedIn,
    close() {
      forget();
      notifier.stop();
    },
  };
}
