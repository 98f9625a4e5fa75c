// Tells the other tabs of this browser that a person signed in or out. No token and no name travels here.

/**
 * @typedef {{ type: 'signed-in', holder?: string } | { type: 'signed-out' }} SessionMessage `holder` tells for whom the
 *   session gets tokens (`holderKey` of current-token.js), where the sender knows it
 */

const NAME = 'portal:session';

/**
 * For pages that use no tokens, such as the sign-in page.
 * @param {SessionMessage} message
 */
export function announceSession(message) {
  if (typeof BroadcastChannel === 'undefined') return;
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(message);
  channel.close();
}

/** @param {(message: SessionMessage) => void} onMessage for messages of other tabs */
export function joinSessionChannel(onMessage) {
  if (typeof BroadcastChannel === 'undefined') return { announce() {}, leave() {} };
  const channel = new BroadcastChannel(NAME);
  channel.addEventListener('message', ({ data }) => {
    if (isMessage(data)) onMessage(data);
  });
  return {
    /** @param {SessionMessage} message */
    announce: (message) => channel.postMessage(message),
    leave: () => channel.close(),
  };
}

/**
 * A tab may run an older or a newer version than this one.
 * @param {unknown} data
 * @returns {data is SessionMessage}
 */
function isMessage(data) {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false;
  return data.type === 'signed-in' || data.type === 'signed-out';
}
