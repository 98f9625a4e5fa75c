/**
 * @typedef {{ ok: true } | { ok: false, code: string, retryAfterSeconds?: number }} SignInOutcome
 */

const TIMEOUT_MS = 15_000;

/**
 * Signs in as the form does, without leaving the page. Never rejects.
 * @param {{ email: string, password: string, loginUrl?: string, fetch?: typeof globalThis.fetch }} request
 * @returns {Promise<SignInOutcome>} codes of docs/error-codes.md; `offline` when the portal was not reached
 */
export async function postSignIn({ email, password, loginUrl = '/login', fetch = globalThis.fetch }) {
  try {
    const response = await fetch(loginUrl, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify({ email, password }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return { ok: true };
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      ok: false,
      code: await readCode(response),
      ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
    };
  } catch {
    return { ok: false, code: 'offline' };
  }
}

/**
 * @param {Response} response
 * @returns {Promise<string>}
 */
async function readCode(response) {
  try {
    /** @type {unknown} */
    const body = await response.json();
    if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string')
      return body.code;
  } catch {
    // A proxy's HTML page, say: the same to the person as a portal that does not work.
  }
  return 'unavailable';
}
