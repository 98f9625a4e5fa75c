import { styled } from './shadow-style.js';
import { openSignInDialog } from './sign-in-dialog.js';

/**
 * The shim's own notice at the top of the page. It lives in a shadow root, so the page's styles and its do not meet.
 * @param {{ loginUrl: string, account: string, onRetry: () => void, onSignedIn: () => void }} parts
 */
export function createBanner({ loginUrl, account, onRetry, onSignedIn }) {
  /** @type {HTMLElement | undefined} */
  let host;
  const live = document.createElement('div');
  const title = document.createElement('strong');
  const text = document.createElement('span');
  const button = document.createElement('button');
  live.className = 'text';
  live.setAttribute('role', 'alert');
  button.type = 'button';
  button.className = 'action';

  const actions = {
    'sign-in': { label: 'Sign in again', run: openDialog },
    retry: { label: 'Try again', run: onRetry },
    reload: { label: 'Load again', run: () => location.reload() },
  };
  /** @type {(() => void) | undefined} */
  let closeDialog;
  function openDialog() {
    closeDialog = openSignInDialog({ loginUrl, account, onSignedIn });
  }

  let run = onRetry;
  button.addEventListener('click', () => run());

  return {
    /** @param {import('./messages.js').Message} message */
    show(message) {
      if (host === undefined) {
        host = document.createElement('qlik-token-banner');
        const bar = document.createElement('section');
        bar.className = 'bar';
        bar.setAttribute('aria-label', 'Connection');
        bar.append(live, button);
        styled(host).append(bar);
        (document.body ?? document.documentElement).prepend(host);
      }
      title.textContent = message.title;
      text.textContent = message.text;
      // Written after the live region is in the page, so that it is read out.
      live.replaceChildren(title, ' ', text);
      const action = actions[message.action];
      button.textContent = action.label;
      run = action.run;
    },

    hide() {
      closeDialog?.();
      host?.remove();
      host = undefined;
    },
  };
}
