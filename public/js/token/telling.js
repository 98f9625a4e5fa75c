import { createBanner } from './banner.js';
import { messageFor, PERSON_CHANGED, SESSION_EXPIRED } from './messages.js';
import { remountEmbeds } from './remount.js';

/**
 * Tells the page (events) and, unless the page prevents it, the person (banner) whether there are tokens.
 * @param {{ options: import('./options.js').Options, onRetry: () => void, onSignedIn: () => void }} parts
 */
export function createTelling({ options, onRetry, onSignedIn }) {
  const events = new EventTarget();
  const banner = createBanner({ loginUrl: options.loginUrl, account: options.account, onRetry, onSignedIn });
  /** What was told last; undefined while all is well.
   * @type {{ about: string, retrying: boolean } | undefined} */
  let told;
  /** Whether the runtime was left without a token since all was well. */
  let embedsFailed = false;
  /** Another tab said that the person signed out: the end of the session is then no surprise to explain. */
  let signOutExpected = false;

  /**
   * @param {keyof import('../qlik-token.d.ts').QlikTokenEventMap} type
   * @param {import('../qlik-token.d.ts').TokenProblem | null} detail
   * @returns {boolean} whether the shim's own reaction is wanted
   */
  function dispatch(type, detail = null) {
    return events.dispatchEvent(new CustomEvent(type, { detail, cancelable: true }));
  }

  /** @type {import('../qlik-token.d.ts').QlikToken['addEventListener']} */
  function addEventListener(type, listener, listenerOptions) {
    events.addEventListener(type, { handleEvent: listener }, listenerOptions);
  }

  return {
    addEventListener,

    /** @param {import('../qlik-token.d.ts').TokenProblem} problem */
    unavailable(problem) {
      if (told?.about === problem.code && told.retrying === problem.retrying) return;
      told = { about: problem.code, retrying: problem.retrying };
      if (dispatch('unavailable', problem)) banner.show(messageFor(problem));
    },

    sessionEnded() {
      if (signOutExpected) {
        if (dispatch('signed-out')) location.replace(`${options.loginUrl}#signed_out`);
        return;
      }
      if (told?.about === 'session-expired') return;
      told = { about: 'session-expired', retrying: false };
      if (dispatch('session-expired')) banner.show(SESSION_EXPIRED);
    },

    recovered() {
      signOutExpected = false;
      if (told === undefined && !embedsFailed) return;
      const remount = embedsFailed;
      told = undefined;
      embedsFailed = false;
      banner.hide();
      if (dispatch('recovered') && remount) remountEmbeds();
    },

    personChanged() {
      if (!dispatch('person-changed')) return;
      // A page that was reloaded a moment ago and still meets someone else would do so for ever.
      if (wasJustReloaded()) banner.show(PERSON_CHANGED);
      else location.reload();
    },

    expectSignOut() {
      signOutExpected = true;
    },

    gaveNone() {
      embedsFailed = true;
    },

    isTelling: () => told !== undefined,
    isRetrying: () => told?.retrying === true,
    stop: () => banner.hide(),
  };
}

function wasJustReloaded() {
  const [navigation] = performance.getEntriesByType('navigation');
  return (
    navigation instanceof PerformanceNavigationTiming &&
    navigation.type === 'reload' &&
    performance.now() < 10_000
  );
}
