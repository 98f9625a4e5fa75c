import { personMessage } from '../person-messages.js';
import { styled } from './shadow-style.js';
import { postSignIn } from './sign-in-request.js';

const OFFLINE = 'The portal could not be reached. Check your connection, then try again.';
const OTHERWISE = 'Signing in does not work right now. Try again in a minute.';

// The only markup the shim parses: a constant, nothing of it comes from outside.
const MARKUP = `
  <form>
    <h2 id="title">Sign in again</h2>
    <p>The page stays as it is.</p>
    <p class="error" role="alert"></p>
    <label for="email">E-mail</label>
    <input id="email" name="email" type="text" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false" required>
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required>
    <div class="buttons"><button class="primary" type="submit">Sign in</button><button type="button">Not now</button></div>
    <a target="_blank" rel="noopener">Use the sign-in page in a new tab</a>
  </form>`;

/**
 * Signs in without leaving the page. Closing it changes nothing.
 * @param {{ loginUrl: string, account: string, onSignedIn: () => void }} parts
 * @returns {() => void} closes it, for when it is no longer needed
 */
export function openSignInDialog({ loginUrl, account, onSignedIn }) {
  const host = document.createElement('qlik-token-sign-in');
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'title');
  dialog.innerHTML = MARKUP;
  styled(host).append(dialog);
  document.body.append(host);

  const form = find(dialog, 'form', HTMLFormElement);
  const email = find(dialog, '#email', HTMLInputElement);
  const password = find(dialog, '#password', HTMLInputElement);
  const submit = find(dialog, '[type=submit]', HTMLButtonElement);
  const error = find(dialog, '.error', HTMLElement);
  find(dialog, 'a', HTMLAnchorElement).href = loginUrl;
  email.value = account;

  dialog.addEventListener('close', () => host.remove());
  find(dialog, '[type=button]', HTMLButtonElement).addEventListener('click', () => dialog.close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (submit.getAttribute('aria-disabled') !== 'true') void signIn();
  });

  async function signIn() {
    submit.setAttribute('aria-disabled', 'true');
    error.textContent = '';
    const outcome = await postSignIn({ email: email.value, password: password.value, loginUrl });
    submit.removeAttribute('aria-disabled');
    if (outcome.ok) {
      dialog.close();
      onSignedIn();
      return;
    }
    error.textContent = textFor(outcome.code);
    password.value = '';
    password.focus();
  }

  dialog.showModal();
  (account === '' ? email : password).focus();
  return () => dialog.close();
}

/** @param {string} code */
function textFor(code) {
  if (code === 'offline') return OFFLINE;
  const message = personMessage(code);
  return message === undefined ? OTHERWISE : `${message.headline} ${message.advice}`;
}

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
function find(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`the dialog has no ${selector}`);
  return found;
}
