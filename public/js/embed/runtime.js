const COMPONENTS = '/vendor/qlik-embed-web-components.js';
const LONGEST_PAUSE_MS = 60_000;

/**
 * Starts Qlik's web components for one tenant. They read their settings from the script element that carries them,
 * then load `main.js` from the tenant, once: if that fails they would wait for ever, so this tries again for them.
 *
 * `data-access-token-storage` is left out on purpose: its key knows no user, so the next person at this browser would
 * get the token of the last one.
 * @param {{ host: string, clientId: string }} tenant
 * @param {{ onMissing: (state: { blocked: boolean, retry: () => void }) => void, onThere: () => void }} tell
 */
export function loadRuntime({ host, clientId }, { onMissing, onThere }) {
  const mainJs = `${host}/qlik-embed/main.js`;
  /** The element the web components wait for. @type {HTMLScriptElement | undefined} */
  let awaited;
  let blocked = false;
  let failures = 0;

  document.addEventListener('securitypolicyviolation', ({ blockedURI }) => {
    blocked ||= blockedURI === mainJs || blockedURI === host;
  });
  // Errors of scripts do not bubble, but they can be caught on their way down.
  window.addEventListener('error', ({ target }) => noteFailure(target), { capture: true });

  /** @param {EventTarget | null} target */
  function noteFailure(target) {
    if (!(target instanceof HTMLScriptElement)) return;
    const isMainJs = target.src === mainJs;
    if (!isMainJs && !target.src.endsWith(COMPONENTS)) return;
    if (isMainJs) awaited ??= target;
    const again = new AbortController();
    const retry = () => {
      clearTimeout(timer);
      again.abort();
      if (isMainJs) loadMainJs();
      else loadComponents();
    };
    const timer = setTimeout(retry, Math.min(1000 * 2 ** failures, LONGEST_PAUSE_MS));
    window.addEventListener('online', retry, { signal: again.signal });
    failures += 1;
    onMissing({ blocked, retry });
  }

  function loadMainJs() {
    const script = document.createElement('script');
    script.src = mainJs;
    script.addEventListener('load', () => {
      onThere();
      // window.QlikMain is there now; its element is what the web components listen to.
      awaited?.dispatchEvent(new Event('load'));
    });
    document.head.append(script);
  }

  function loadComponents() {
    const script = document.createElement('script');
    script.src = COMPONENTS;
    script.dataset['host'] = host;
    script.dataset['clientId'] = clientId;
    script.dataset['authType'] = 'oauth2';
    script.dataset['getAccessToken'] = 'getQlikAccessToken';
    script.addEventListener('load', onThere);
    document.head.append(script);
  }

  loadComponents();
}
