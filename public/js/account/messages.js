/** @type {Record<string, string>} */
const MESSAGES = {
  current_password_wrong: 'The current password is wrong. Check it and try again.',
  password_too_short: 'The new password is too short. Use at least 15 characters; several words do well.',
  password_too_long: 'The new password is too long. Use 128 characters at most.',
  password_guessable:
    'The new password is easy to guess. Choose one that is not a common password, a pattern on the keyboard, or made of your name, e-mail or organisation.',
  too_many_attempts: 'Too many attempts. Changing the password is paused to protect your account.',
  offline: 'The portal could not be reached. Check your connection, then try again.',
  tenant_disabled: 'Your organisation’s access is switched off. Ask your administrator.',
};

const OTHERWISE = 'The problem is on our side. Try again in a minute; if it stays, tell your administrator.';

/**
 * What a code of docs/error-codes.md means to the person on this page.
 * @param {string} code
 * @param {number} [retryAfterSeconds]
 */
export function messageFor(code, retryAfterSeconds) {
  const message = (Object.hasOwn(MESSAGES, code) ? MESSAGES[code] : undefined) ?? OTHERWISE;
  if (retryAfterSeconds === undefined || code !== 'too_many_attempts') return message;
  const minutes = Math.ceil(retryAfterSeconds / 60);
  return `${message} Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}
