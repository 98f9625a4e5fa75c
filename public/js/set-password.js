// Takes the code out of the address, and makes the form kinder. The form works without it: people then copy the code
// themselves, and the address (`/set-password#code`) picks the message that shows.
import { askPortal } from './form/post-json.js';
import { offerToShow } from './form/show-password.js';

const form = element('set-password-form', HTMLFormElement);
const code = element('code', HTMLInputElement);
const password = element('password', HTMLInputElement);
const submit = element('submit', HTMLButtonElement);

takeCode();
// A link opened in a tab that shows this page already changes the fragment only.
window.addEventListener('hashchange', takeCode);
offerToShow(element('toggle-password', HTMLButtonElement), [password]);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (submit.getAttribute('aria-disabled') !== 'true') void setPassword();
});

function takeCode() {
  const fragment = location.hash.slice(1);
  if (fragment === '' || messageOf(fragment)) return;
  code.value = fragment;
  element('code-field', HTMLElement).hidden = true;
  // Out of the address bar and the history: whoever has the code has the account.
  history.replaceState(undefined, '', location.pathname);
  password.focus();
}

async function setPassword() {
  setBusy(true);
  password.removeAttribute('aria-invalid');
  const body = { code: code.value, password: password.value };
  const outcome = await askPortal('/set-password', { method: 'POST', body });
  if (outcome.ok) {
    location.replace('/login#password_set');
    return;
  }
  setBusy(false);
  if (outcome.code.startsWith('password_too') || outcome.code === 'password_guessable') {
    password.setAttribute('aria-invalid', 'true');
  }
  const message = messageOf(outcome.code) ?? element('unavailable', HTMLElement);
  location.replace(`#${message.id}`);
  message.focus();
}

/** @param {boolean} busy */
function setBusy(busy) {
  // aria-disabled, not disabled: a disabled button would drop the keyboard focus.
  submit.setAttribute('aria-disabled', String(busy));
  submit.textContent = busy ? 'Setting password…' : 'Set password';
}

/** @param {string} id */
function messageOf(id) {
  const found = document.getElementById(id);
  return found?.classList.contains('message') ? found : undefined;
}

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`set-password.html has no #${id}`);
  return found;
}
