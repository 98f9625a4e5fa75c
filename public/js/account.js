// The page of people's own account: who they are, their password, and where they are signed in.
import { neverFromHistory } from './embed/leaving.js';
import { isAccount, sessionItem, wayOfSigningIn } from './account/account.js';
import { messageFor } from './account/messages.js';
import { setBusy } from './form/busy.js';
import { element } from './form/element.js';
import { askPortal } from './form/post-json.js';
import { offerToShow } from './form/show-password.js';

const form = element('password-form', HTMLFormElement);
const current = element('current', HTMLInputElement);
const password = element('password', HTMLInputElement);
const change = element('change', HTMLButtonElement);
const signOutOthers = element('sign-out-others', HTMLButtonElement);

neverFromHistory();
offerToShow(element('toggle-password', HTMLButtonElement), [current, password]);
element('again', HTMLButtonElement).addEventListener('click', () => void load());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (change.getAttribute('aria-disabled') !== 'true') void changePassword();
});
signOutOthers.addEventListener('click', () => {
  if (signOutOthers.getAttribute('aria-disabled') !== 'true') void endOthers();
});
void load();

async function load() {
  showOnly('loading');
  const outcome = await askPortal('/api/account', { method: 'GET' });
  if (outcome.ok && isAccount(outcome.body)) {
    show(outcome.body);
    showOnly('account');
    return;
  }
  if (!outcome.ok && leaveIfOver(outcome.status)) return;
  element('problem-text', HTMLElement).textContent = messageFor(outcome.ok ? 'unavailable' : outcome.code);
  showOnly('problem');
}

/** @param {import('./account/account.js').Account} account */
function show({ user, tenant, signedInBy, hasPassword, sessions }) {
  element('organisation', HTMLElement).textContent = tenant.name;
  element('name', HTMLElement).textContent = user.name;
  element('email', HTMLElement).textContent = user.email ?? 'none';
  element('tenant', HTMLElement).textContent = tenant.name;
  element('signed-in-by', HTMLElement).textContent = wayOfSigningIn(signedInBy, tenant.name);
  // For password managers, which otherwise store the new password under no name.
  element('username', HTMLInputElement).value = user.email ?? '';
  element('password-card', HTMLElement).hidden = !hasPassword;
  element('sessions', HTMLElement).replaceChildren(...sessions.map(sessionItem));
  signOutOthers.hidden = sessions.length < 2;
}

async function changePassword() {
  setBusy(change, 'Changing password…');
  const body = { current: current.value, password: password.value };
  const outcome = await askPortal('/api/account/password', { method: 'POST', body });
  setBusy(change, undefined);
  for (const field of [current, password]) field.removeAttribute('aria-invalid');
  if (outcome.ok) {
    form.reset();
    await load();
    say('password-outcome', `Your password is changed.${endedText(outcome.body)}`);
    return;
  }
  if (leaveIfOver(outcome.status)) return;
  const wrong = outcome.code === 'current_password_wrong' ? current : password;
  if (outcome.code.includes('password')) wrong.setAttribute('aria-invalid', 'true');
  say('password-outcome', messageFor(outcome.code, outcome.retryAfterSeconds), { failed: true });
}

async function endOthers() {
  setBusy(signOutOthers, 'Signing out the others…');
  const outcome = await askPortal('/api/account/sign-out-others', { method: 'POST', body: {} });
  setBusy(signOutOthers, undefined);
  if (!outcome.ok) {
    if (!leaveIfOver(outcome.status)) say('sessions-outcome', messageFor(outcome.code), { failed: true });
    return;
  }
  await load();
  say('sessions-outcome', 'You are signed in here only.');
  element('main', HTMLElement).focus();
}

/** @param {unknown} body */
function endedText(body) {
  const ended =
    typeof body === 'object' && body !== null && 'endedSessions' in body && Number(body.endedSessions);
  return ended ? ' Everywhere else you are signed out.' : '';
}

/** @param {number} status */
function leaveIfOver(status) {
  if (status !== 401) return false;
  location.replace('/login#session_expired');
  return true;
}

/** @param {string} id @param {string} text @param {{ failed?: boolean }} [how] */
function say(id, text, { failed = false } = {}) {
  const outcome = element(id, HTMLElement);
  outcome.classList.toggle('failed', failed);
  outcome.textContent = text;
  if (failed) outcome.focus();
}

/** @param {'loading' | 'problem' | 'account'} shown */
function showOnly(shown) {
  // What was shown stays while it is asked for again.
  const loaded = !element('account', HTMLElement).hidden;
  for (const id of ['loading', 'problem', 'account']) {
    element(id, HTMLElement).hidden = id !== (shown === 'loading' && loaded ? 'account' : shown);
  }
}
