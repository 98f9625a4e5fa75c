// Takes the code out of the address, and makes the form kinder. The form works without it: people then copy the code
// themselves, and the address (`/set-password#code`) picks the message that shows.
import { setBusy } from './form/busy.js';
import { element } from './form/element.js';
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
  // Out of the address bar and the history: the code is as good as the account's password.
  history.replaceState(undefined, '', location.pathname);
  password.focus();
}

async function setPassword() {
  setBusy(submit, 'Setting password…');
  password.removeAttribute('aria-invalid');
  const body = { code: code.value, password: password.value };
  const outcome = await askPortal('/set-password', { method: 'POST', body });
  if (outcome.ok) {
    location.replace('/login#password_set');
    return;
  }
  setBusy(submit, undefined);
  if (outcome.code.startsWith('password_too') || outcome.code === 'password_guessable') {
    password.setAttribute('aria-invalid', 'true');
  }
  const message = messageOf(outcome.code) ?? element('unavailable', HTMLElement);
  location.replace(`#${message.id}`);
  message.focus();
}

/** @param {string} id */
function messageOf(id) {
  const found = document.getElementById(id);
  return found?.classList.contains('message') ? found : undefined;
}
