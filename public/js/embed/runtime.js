const COMPONENTS = '/vendor/qlik-embed-web-components.js';

/**
 * Starts Qlik's web components for one tenant. They read their settings from the script element that carries them.
 * `data-access-token-storage` is left out on purpose: its key knows no user, so the next person at this browser would
 * get the token of the last one.
 * @param {{ host: string, clientId: string }} tenant
 */
export function loadRuntime({ host, clientId }) {
  const script = document.createElement('script');
  script.src = COMPONENTS;
  script.dataset['host'] = host;
  script.dataset['clientId'] = clientId;
  script.dataset['authType'] = 'oauth2';
  script.dataset['getAccessToken'] = 'getQlikAccessToken';
  document.head.append(script);
}
