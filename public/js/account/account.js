/**
 * @typedef {{ device: string, signedInBy: string, signedInAt: string, lastSeenAt: string, current: boolean }} Session
 * @typedef {object} Account
 * @property {{ name: string, email: string | null }} user
 * @property {{ name: string }} tenant
 * @property {string} signedInBy
 * @property {boolean} hasPassword
 * @property {Session[]} sessions
 */

/**
 * Checks what the page cannot do without; the portal's own tests check the rest of the shape.
 * @param {unknown} body
 * @returns {body is Account}
 */
export function isAccount(body) {
  return (
    isObject(body) && isObject(body['user']) && isObject(body['tenant']) && Array.isArray(body['sessions'])
  );
}

/** @param {string} signedInBy @param {string} organisation */
export function wayOfSigningIn(signedInBy, organisation) {
  return signedInBy === 'sso' ? `The sign-in of ${organisation}` : 'E-mail and password';
}

/**
 * One of the places where the person is signed in.
 * @param {Session} session
 */
export function sessionItem({ device, signedInBy, signedInAt, lastSeenAt, current }) {
  const item = document.createElement('li');
  item.append(text('device', device));
  if (current) item.append(text('here', 'This one'));
  const when = text('when', '');
  when.append(
    signedInBy === 'sso' ? 'Signed in through your organisation, ' : 'Signed in ',
    moment(signedInAt),
    current ? '' : ' · last used ',
    current ? '' : moment(lastSeenAt),
  );
  item.append(when);
  return item;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** @param {string} iso */
function moment(iso) {
  const time = document.createElement('time');
  time.dateTime = iso;
  time.textContent = MOMENT.format(new Date(iso));
  return time;
}

/** @param {string} className @param {string} content */
function text(className, content) {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = content;
  return span;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null;
}
