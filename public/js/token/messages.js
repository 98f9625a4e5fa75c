import { personMessage } from '../person-messages.js';

/**
 * What a person is told, and what they can do now.
 * @typedef {{ title: string, text: string, action: 'sign-in' | 'retry' | 'reload' }} Message
 */

const CONTINUES = 'The page continues by itself as soon as it works again. Nothing you see here is lost.';

const { headline, advice } = personMessage('session_required') ?? { headline: '', advice: '' };
/** @type {Message} */
export const SESSION_EXPIRED = {
  title: headline,
  text: `${advice} What you see stays as it is.`,
  action: 'sign-in',
};

/** @type {Message} */
export const PERSON_CHANGED = {
  title: 'Someone else has signed in in this browser.',
  text: 'Load the page again to continue as them.',
  action: 'reload',
};

/** Problems that the portal does not report, since it was not reached or did not answer as it does.
 * @type {Record<string, { headline: string, advice: string }>} */
const WITHOUT_PORTAL = {
  network: { headline: 'No connection to the portal.', advice: 'Check your network.' },
  timeout: { headline: 'The portal takes unusually long.', advice: 'Try again in a moment.' },
};
const OTHERWISE = { headline: 'Your charts cannot be loaded.', advice: 'Try again in a moment.' };

/**
 * @param {import('../qlik-token.d.ts').TokenProblem} problem
 * @returns {Message}
 */
export function messageFor({ code, retrying, traceId }) {
  const own = Object.hasOwn(WITHOUT_PORTAL, code) ? WITHOUT_PORTAL[code] : undefined;
  const message = personMessage(code) ?? own ?? OTHERWISE;
  const reference = traceId === undefined ? '' : ` (Reference: ${traceId})`;
  const text = `${message.advice}${retrying ? ` ${CONTINUES}` : reference}`;
  return { title: message.headline, text, action: 'retry' };
}
