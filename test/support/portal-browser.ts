import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { type PortalStandIn, startPortalStandIn } from './portal-stand-in.ts';

/** A portal and a Chromium to look at it with. */
export async function startPortalBrowser() {
  const portal = await startPortalStandIn();
  const browser = await launchChromium();
  return {
    portal,
    browser,
    /** A browser profile of its own: cookies, storage, locks and channels are shared by its pages only. */
    openContext: (options: BrowserContextOptions = {}) =>
      browser.newContext({ baseURL: portal.origin, viewport: { width: 1280, height: 800 }, ...options }),
    async close() {
      await browser.close();
      await portal.close();
    },
  };
}

export type PortalBrowser = Awaited<ReturnType<typeof startPortalBrowser>>;

/** Signs in without a page; every page of the context is then signed in. */
export function signInContext(
  context: BrowserContext,
  portal: PortalStandIn,
  email = portal.europe,
): Promise<void> {
  return postSignIn(context, { email, password: portal.password });
}

export async function postSignIn(
  context: BrowserContext,
  credentials: { email: string; password: string },
): Promise<void> {
  const answer = await context.request.post('/login', {
    data: credentials,
    headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' },
  });
  if (!answer.ok()) throw new Error(`sign-in failed with ${answer.status()}`);
}

/** Signs in as people do, at the page. */
export async function signInAtPage(page: Page, portal: PortalStandIn, email = portal.europe): Promise<void> {
  await page.fill('#email', email);
  await page.fill('#password', portal.password);
  await page.click('#submit');
}

/** What a page complains about: console errors (violations of its policy are among them) and uncaught errors. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** Text of what the runtime drew, in the order of the page. */
export async function drawn(page: Page, count = 1): Promise<string[]> {
  // Counted and read in one step: the page may replace them between two.
  const texts = await page.waitForFunction((wanted) => {
    const boxes = [...document.querySelectorAll('.drawn[data-state=drawn]')];
    return boxes.length >= wanted ? boxes.map(({ textContent }) => textContent ?? '') : undefined;
  }, count);
  return (await texts.jsonValue()) ?? [];
}
