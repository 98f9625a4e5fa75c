// The one script a front-end team needs: import it for `createQlikToken`, or load it as a module script and name
// the global in the Qlik script tag (`data-get-access-token="getQlikAccessToken"`). Types: qlik-token.d.ts.
import { createQlikToken } from './token/client.js';

export { createQlikToken };

/** @type {import('./qlik-token.d.ts').QlikToken | undefined} */
let ofThisPage;

// Created at the first call, so that a page that only imports the function starts no timers and opens no channel.
globalThis.getQlikAccessToken ??= async () => {
  try {
    ofThisPage ??= createQlikToken();
    return await ofThisPage.getAccessToken();
  } catch {
    // A runtime whose getAccessToken throws is broken until the page is loaded again.
    return '';
  }
};
