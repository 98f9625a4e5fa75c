import { createBanner } from './banner.js';
import { messageFor, PERSON_CHANGED, SESSION_EXPIRED } from './messages.js';
import { remountEmbeds } from './remount.js';

/**
 * Notifies the page (events) and, unless the page prevents it, the person (banner) of whether there are tokens.
 * @param {{ options: import('./options.js').Options, onRetry: () => void, onSignedIn: () => void }} parts
 */
export function createNotifier({ options, onRetry, onSignedIn }) {
  const events = new EventTarget();
  const banner = createBanner({ loginUrl: options.loginUrl, account: options.account, onRetry, onSignedIn });
  /** The problem that was reported last; undefined while there is none.
   * @type {{ code: string, retrying: boolean } | undefined} */
  let problem;
  /** Whether the runtime got no token since the last recovery. */
  let embedsFailed = false;
  /** Another tab said that the person signed out: the end of the session then needs no explanation. */
  let signOutExpected = false;

  /**
   * @param {keyof import('../qlik-token.d.ts').QlikTokenEventMap} type
   * @param {import('../qlik-token.d.ts').TokenProblem | null} detail
   * @returns {boolean} false where a listener prevented the default
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

    /** @param {import('../qlik-token.d.ts').TokenProblem} next */
    unavailable(next) {
      if (problem?.code === next.code && problem.retrying === next.retrying) return;
      problem = next;
      if (dispatch('unavailable', next)) banner.show(messageFor(next));
    },

    sessionEnded() {
      if (signOutExpected) {
        if (dispatch('signed-out')) location.replace(`${options.loginUrl}#signed_out`);
        return;
      }
      if (problem?.code === 'session-expired') return;
      problem = { code: 'session-expired', retrying: false };
      if (dispatch('session-expired')) banner.show(SESSION_EXPIRED);
    },

    recovered() {
      signOutExpected = false;
      if (problem === undefined && !embedsFailed) return;
      const remount = embedsFailed;
      problem = undefined;
      embedsFailed = false;
      banner.hide();
      if (dispatch('recovered') && remount) remountEmbeds();
    },

    personChanged() {
      if (!dispatch('person-changed')) return;
      // Reloading again would not help a page that was just reloaded and still meets someone else.
      if (wasJustReloaded()) banner.show(PERSON_CHANGED);
      else location.reload();
    },

    expectSignOut() {
      signOutExpected = true;
    },

    gaveNone() {
      embedsFailed = true;
    },

    hasProblem: () => problem !== undefined,
    isRetrying: () => problem?.retrying === true,
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
