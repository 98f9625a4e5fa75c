import { type Browser, chromium } from 'playwright-core';
import { findChromium, INSTALL_CHROMIUM } from './chromium-path.ts';

/** The machine's own Chromium, told to leave the network alone. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(`no Chromium on this machine: ${INSTALL_CHROMIUM}`);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
