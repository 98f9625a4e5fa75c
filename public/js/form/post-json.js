/**
 * @typedef {{ ok: true, body: unknown } | { ok: false, status: number, code: string, retryAfterSeconds?: number }} Outcome
 */

const TIMEOUT_MS = 20_000;

/**
 * Asks the portal. Never rejects.
 * @param {string} path
 * @param {{ method: 'GET' } | { method: 'POST', body: unknown }} request
 * @returns {Promise<Outcome>} codes of docs/error-codes.md; `offline` with status 0 when the portal was not reached
 */
export async function askPortal(path, request) {
  try {
    const response = await fetch(path, {
      method: request.method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(request.method === 'POST' && { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await readJson(response);
    if (response.ok) return { ok: true, body };
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      ok: false,
      status: response.status,
      code: codeOf(body),
      ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
    };
  } catch {
    return { ok: false, status: 0, code: 'offline' };
  }
}

/**
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    // 204, or a proxy's page.
    return undefined;
  }
}

/** @param {unknown} body */
function codeOf(body) {
  const isProblem =
    typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
  return isProblem ? String(body.code) : 'unavailable';
}
