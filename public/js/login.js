// Makes the sign-in form quicker and kinder. The form works without it: every message it shows is in login.html
// and is picked by the address (`/login#code`), as the server does for browsers that run no script.
import { setBusy } from './form/busy.js';
import { element } from './form/element.js';
import { offerToShow } from './form/show-password.js';
import { postSignIn } from './token/sign-in-request.js';
import { announceSession } from './token/session-channel.js';

const form = element('sign-in-form', HTMLFormElement);
const email = element('email', HTMLInputElement);
const password = element('password', HTMLInputElement);
const submit = element('submit', HTMLButtonElement);
const toggle = element('toggle-password', HTMLButtonElement);
const wait = element('wait', HTMLElement);

// The address names a message of this page, or the sheet the person was on their way to.
const deepLink = messageOf(location.hash.slice(1)) ? '' : location.hash;
if (location.hash === '#signed_out') announceSession({ type: 'signed-out' });

offerToShow(toggle, [password]);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (submit.getAttribute('aria-disabled') !== 'true') void signIn();
});

async function signIn() {
  setBusy(submit, 'Signing in…');
  markFields({ invalid: false });
  const outcome = await postSignIn({ email: email.value, password: password.value });
  if (outcome.ok) {
    announceSession({ type: 'signed-in' });
    // A full page load: nothing of an earlier session may live on in memory.
    location.replace(`/${deepLink}`);
    return;
  }
  setBusy(submit, undefined);
  if (outcome.code === 'invalid_credentials') {
    markFields({ invalid: true });
    password.value = '';
  }
  if (outcome.retryAfterSeconds !== undefined) countDown(outcome.retryAfterSeconds);
  show(outcome.code);
}

/** @param {string} code */
function show(code) {
  const message = messageOf(code) ?? element('unavailable', HTMLElement);
  location.replace(`#${message.id}`);
  message.focus();
}

/** @param {string} code */
function messageOf(code) {
  const found = document.getElementById(code);
  return found?.classList.contains('message') ? found : undefined;
}

/** @param {number} seconds */
function countDown(seconds) {
  const until = performance.now() + seconds * 1000;
  submit.setAttribute('aria-disabled', 'true');
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left <= 0) {
      clearInterval(timer);
      wait.textContent = 'You can try again now.';
      setBusy(submit, undefined);
      return;
    }
    wait.textContent = `Try again in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}.`;
  };
  const timer = setInterval(tick, 1000);
  tick();
}

/** @param {{ invalid: boolean }} state */
function markFields({ invalid }) {
  for (const field of [email, password]) {
    if (invalid) {
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', 'invalid_credentials');
    } else {
      field.removeAttribute('aria-invalid');
      field.removeAttribute('aria-describedby');
    }
  }
}
