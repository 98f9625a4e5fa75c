/**
 * @typedef {object} Token
 * @property {string} id `token_id`: names the token without being it
 * @property {string} value
 * @property {number} lifeMs how long it had to live when it was asked for
 * @property {string} host
 * @property {string} clientId
 * @property {string | undefined} sub the portal account it was handed to
 *
 * @typedef {{ kind: 'token', token: Token }
 *   | { kind: 'session-ended' }
 *   | { kind: 'failed', code: string, retryable: boolean, retryAfterMs?: number, traceId?: string }} TokenOutcome
 */

/** Statuses for which a repeated request is useless: a person has to act first. */
const FINAL = new Set([400, 403, 404, 405, 409, 413, 415]);

/**
 * Asks the portal for the token once, and judges the answer. Never rejects and takes `timeoutMs` at most.
 * @param {{ endpoint: string, rejected: string | undefined, timeoutMs: number, fetch: typeof globalThis.fetch }} request
 * @returns {Promise<TokenOutcome>}
 */
export async function requestToken({ endpoint, rejected, timeoutMs, fetch }) {
  const timeout = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<TokenOutcome>} */
  const tooLate = new Promise((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: 'failed', code: 'timeout', retryable: true });
      timeout.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([send({ endpoint, rejected, fetch, signal: timeout.signal }), tooLate]);
  } catch {
    return { kind: 'failed', code: 'network', retryable: true };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {{ endpoint: string, rejected: string | undefined, fetch: typeof globalThis.fetch, signal: AbortSignal }} request
 * @returns {Promise<TokenOutcome>}
 */
async function send({ endpoint, rejected, fetch, signal }) {
  const accept = 'application/json';
  const response = await fetch(endpoint, {
    cache: 'no-store',
    credentials: 'same-origin',
    signal,
    ...(rejected === undefined
      ? { headers: { accept } }
      : {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json' },
          body: JSON.stringify({ rejected }),
        }),
  });
  // Only the portal session ends in 401; every other failure has a status of its own.
  if (response.status === 401) return { kind: 'session-ended' };
  const body = await readObject(response);
  return response.status === 200 ? judgeToken(body) : judgeFailure(response, body);
}

/**
 * @param {Record<string, unknown>} body
 * @returns {TokenOutcome}
 */
function judgeToken(body) {
  const { access_token: value, token_id: id, expires_in: expiresIn, host, client_id: clientId, sub } = body;
  if (!isText(value) || !isText(id) || !isText(host) || !isText(clientId) || !isSeconds(expiresIn)) {
    return { kind: 'failed', code: 'bad_answer', retryable: true };
  }
  const token = { id, value, lifeMs: expiresIn * 1000, host, clientId, sub: isText(sub) ? sub : undefined };
  return { kind: 'token', token };
}

/**
 * @param {Response} response
 * @param {Record<string, unknown>} body
 * @returns {TokenOutcome}
 */
function judgeFailure(response, body) {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    kind: 'failed',
    code: isText(body['code']) ? body['code'] : 'bad_answer',
    retryable: !FINAL.has(response.status),
    ...(retryAfter >= 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
    ...(isText(body['traceId']) ? { traceId: body['traceId'] } : {}),
  };
}

/**
 * @param {Response} response
 * @returns {Promise<Record<string, unknown>>} empty where the body is no JSON object (a proxy's HTML page, say)
 */
async function readObject(response) {
  const text = await response.text();
  try {
    /** @type {unknown} */
    const body = JSON.parse(text);
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null;
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isText(value) {
  return typeof value === 'string' && value !== '';
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isSeconds(value) {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
