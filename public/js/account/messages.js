import { personMessage } from '../person-messages.js';

const OFFLINE = 'The portal could not be reached. Check your connection, then try again.';
const OTHERWISE =
  'Something failed on our side. Try again in a minute. If it fails again, tell your administrator.';

/**
 * What a code of docs/error-codes.md means to the person on this page.
 * @param {string} code
 * @param {number} [retryAfterSeconds]
 */
export function messageFor(code, retryAfterSeconds) {
  if (code === 'offline') return OFFLINE;
  const message = personMessage(code);
  if (message === undefined) return OTHERWISE;
  const text = `${message.headline} ${message.advice}`;
  if (retryAfterSeconds === undefined || code !== 'too_many_attempts') return text;
  const minutes = Math.ceil(retryAfterSeconds / 60);
  return `${text} Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}
