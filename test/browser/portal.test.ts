import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { startDemo, type Demo } from '../../sandbox/demo/start-demo.ts';
import { launchChromium } from '../support/chromium.ts';

/** The whole path: real Chromium, the portal, two sandbox tenants, real `<qlik-embed>` elements, real charts. */
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  demo = await startDemo({ port: 0, tenantPort: 0, log: createLogger('silent') });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

/** A browser of one's own, with everything it complained about. */
async function visitor(options: Parameters<Browser['newContext']>[0] = {}) {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const complaints: string[] = [];
  await context.exposeFunction('noteViolation', (text: string) => complaints.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      // @ts-expect-error exposed by the test
      noteViolation(`CSP: ${violatedDirective} ${blockedURI}`);
    });
  });
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`error: ${error.error().message}`));
  return { context, page: await context.newPage(), complaints };
}

async function signIn(page: Page, email: string): Promise<void> {
  const user = demo.summary.users.find((each) => each.email === email)!;
  await page.goto(`${demo.summary.portal}/login`);
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${demo.summary.portal}/**`);
}
