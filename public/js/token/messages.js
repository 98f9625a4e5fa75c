/**
 * What a person is told, and what they can do now.
 * @typedef {{ title: string, text: string, action: 'sign-in' | 'retry' | 'reload' }} Message
 */

const GOES_ON = 'The page goes on by itself as soon as it works again. Nothing you see here is lost.';

/** @type {Message} */
export const SESSION_EXPIRED = {
  title: 'Your session has ended.',
  text: 'Sign in again to go on. What you see stays as it is.',
  action: 'sign-in',
};

/** @type {Message} */
export const PERSON_CHANGED = {
  title: 'Someone else has signed in in this browser.',
  text: 'Load the page again to go on as them.',
  action: 'reload',
};

/** @type {Record<string, Message>} */
const UNAVAILABLE = {
  network: { title: 'No connection to the portal.', text: `Check your network. ${GOES_ON}`, action: 'retry' },
  timeout: { title: 'The portal takes unusually long.', text: GOES_ON, action: 'retry' },
  qlik_rate_limited: { title: 'Qlik Cloud is busy right now.', text: GOES_ON, action: 'retry' },
  qlik_user_linking: {
    title: 'Your access to the analytics is being set up.',
    text: 'That takes a moment the first time. The page goes on by itself.',
    action: 'retry',
  },
  qlik_user_disabled: {
    title: 'Your access to the analytics is switched off.',
    text: 'Ask your administrator to give you access again, then try again here.',
    action: 'retry',
  },
  qlik_token_limit: {
    title: 'You are signed in to Qlik Cloud too many times.',
    text: 'Sign out in other browsers, or ask your administrator, then try again.',
    action: 'retry',
  },
  qlik_user_not_linked: {
    title: 'Your account is not connected to Qlik Cloud yet.',
    text: 'Ask your administrator to set up your access, then try again here.',
    action: 'retry',
  },
  tenant_not_provisioned: {
    title: 'Your organisation is not connected to Qlik Cloud yet.',
    text: 'Ask your administrator to finish the set-up, then try again here.',
    action: 'retry',
  },
  tenant_disabled: {
    title: 'Your organisation’s access is switched off.',
    text: 'Ask your administrator whether your organisation still has access.',
    action: 'retry',
  },
  qlik_client_rejected: {
    title: 'The connection to Qlik Cloud is not set up correctly.',
    text: 'The people who run this portal have been told. Try again later, or contact them.',
    action: 'retry',
  },
  qlik_token_refused: {
    title: 'Qlik Cloud does not accept your sign-in.',
    text: 'The people who run this portal have been told. Try again later, or contact them.',
    action: 'retry',
  },
};

/** @type {Message} */
const OTHERWISE = { title: 'Qlik Cloud cannot be reached right now.', text: GOES_ON, action: 'retry' };

/** @type {Message} */
const OTHERWISE_FINAL = {
  title: 'Your charts cannot be loaded.',
  text: 'Try again. If it stays, contact the people who run this portal.',
  action: 'retry',
};

/**
 * @param {import('../qlik-token.d.ts').TokenProblem} problem
 * @returns {Message}
 */
export function messageFor({ code, retrying, traceId }) {
  const message =
    (Object.hasOwn(UNAVAILABLE, code) ? UNAVAILABLE[code] : undefined) ??
    (retrying ? OTHERWISE : OTHERWISE_FINAL);
  return traceId === undefined || retrying
    ? message
    : { ...message, text: `${message.text} (Reference: ${traceId})` };
}
