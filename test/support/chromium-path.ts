import { existsSync } from 'node:fs';

/** Where Debian, Ubuntu and Google's own package put it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

export const INSTALL_CHROMIUM = 'apt-get install -y chromium, or CHROMIUM_PATH set to where it is';

/** Files of tests that run in a browser as a whole; without one, test/browser/chromium.test.ts speaks for them. */
export const BROWSER_TESTS = [
  'test/browser/!(chromium).test.ts',
  'packages/qlik-sandbox/test/engine-embed.test.ts',
];

/** The machine's own Chromium; `CHROMIUM_PATH` names another one. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH } = process.env;
  return (CHROMIUM_PATH ? [CHROMIUM_PATH] : USUAL_PLACES).find((path) => existsSync(path));
}
