/**
 * @typedef {{ id: string, title: string }} Item
 * @typedef {{ appId: string, sheets: Item[], objects: Item[] }} Content
 * @typedef {object} Page
 * @property {{ id: string, name: string, email: string }} user
 * @property {{ id: string, name: string, host: string, clientId: string | null }} tenant `clientId` is null until ops have provisioned the tenant
 * @property {Content | undefined} content undefined until ops have named an app
 *
 * @typedef {'offline' | 'unavailable' | 'tenant_disabled' | 'not-set-up' | 'nothing-to-show' | 'qlik-unreachable' | 'qlik-blocked'} Problem
 */

const TIMEOUT_MS = 15_000;

/**
 * Asks the portal what this person may see. Never rejects.
 * @returns {Promise<{ kind: 'page', page: Page } | { kind: 'signed-out' } | { kind: 'failed', problem: Problem }>}
 */
export async function loadContent() {
  /** @type {Response} */
  let response;
  try {
    response = await fetch('/api/embed', {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { kind: 'failed', problem: navigator.onLine ? 'unavailable' : 'offline' };
  }
  if (response.status === 401) return { kind: 'signed-out' };
  try {
    /** @type {unknown} */
    const body = await response.json();
    if (response.ok && isPage(body))
      return { kind: 'page', page: { ...body, content: body.content ?? undefined } };
    return { kind: 'failed', problem: problemOf(body) };
  } catch {
    return { kind: 'failed', problem: 'unavailable' };
  }
}

/**
 * Checks what the page cannot do without; the portal's own tests check the rest of the shape.
 * @param {unknown} body
 * @returns {body is Page}
 */
function isPage(body) {
  if (!isObject(body) || !isObject(body['user']) || !isObject(body['tenant'])) return false;
  const { content } = body;
  const isContent =
    isObject(content) && Array.isArray(content['sheets']) && Array.isArray(content['objects']);
  return (
    typeof body['tenant']['host'] === 'string' && (content === null || content === undefined || isContent)
  );
}

/**
 * @param {unknown} body
 * @returns {Problem}
 */
function problemOf(body) {
  const code = isObject(body) ? body['code'] : undefined;
  return code === 'tenant_disabled' ? code : 'unavailable';
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null;
}
