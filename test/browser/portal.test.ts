import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDemo, type Demo } from '../../scripts/demo/start-demo.ts';
import { createLogger } from '../../src/logger.ts';
import { launchChromium } from '../support/chromium.ts';
import { complaintsOf } from '../support/portal-browser.ts';

/** The whole path with nothing left out: Chromium, the portal, two tenants, real `<qlik-embed>`, real charts. */
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  demo = await startDemo({ port: 0, tenantPort: 0, log: createLogger('silent') });
  browser = await launchChromium();
});
afterEach(async () => {
  for (const { state } of demo.region.tenants) state.faults.clear();
  for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  await browser.close();
  await demo.close();
});

/** A browser of one's own. */
async function visitor({ javaScriptEnabled = true } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: demo.summary.portal, javaScriptEnabled });
  return context.newPage();
}

async function signIn(page: Page, email: string): Promise<void> {
  const user = demo.summary.users.find((each) => each.email === email)!;
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${demo.summary.portal}/`);
}

/** What a screen reader is told of a chart: the numbers that are drawn. */
function chart(page: Page, title: string) {
  return page.locator('qlik-embed').getByText(new RegExp(`^${title}\\.`));
}

function exchanges(tenant: string): number {
  const { journal } = demo.region.tenant(tenant).state;
  return journal.list().filter(({ grant }) => grant === 'urn:qlik:oauth:user-impersonation').length;
}

describe('two people of two organisations', () => {
  test('each sees their own name, organisation and numbers, and the browser has nothing to complain about', async () => {
    const [europe, asia] = [await visitor(), await visitor()];
    const complaints = [complaintsOf(europe), complaintsOf(asia)];
    await Promise.all([signIn(europe, 'europe@acme.example'), signIn(asia, 'asia-pacific@globex.example')]);

    const numbers = await Promise.all(
      [europe, asia].map((page) => chart(page, 'Sales by region').textContent({ timeout: 15_000 })),
    );
    expect(numbers[0]).toMatch(/Europe/);
    expect(numbers[1]).toMatch(/Asia Pacific/);
    expect(numbers[0]).not.toMatch(/Asia Pacific|Americas/);
    expect(numbers[1]).not.toMatch(/Europe|Americas/);

    expect(await europe.locator('header').innerText()).toMatch(/Acme[^]*Europe analyst/);
    expect(await asia.locator('header').innerText()).toMatch(/Globex[^]*Asia Pacific analyst/);
    await europe.getByText('sandbox tenant acme · as Europe analyst').first().waitFor();
    await asia.getByText('sandbox tenant globex · as Asia Pacific analyst').first().waitFor();
    expect(complaints).toEqual([[], []]);
  });

  test('two people of one organisation see different numbers in the same sheet', async () => {
    const [europe, americas] = [await visitor(), await visitor()];
    await Promise.all([signIn(europe, 'europe@acme.example'), signIn(americas, 'americas@acme.example')]);
    const [here, there] = await Promise.all(
      [europe, americas].map((page) => chart(page, 'Sales by month').textContent({ timeout: 15_000 })),
    );
    expect(here).not.toBe(there);
  });
});

describe('one token', () => {
  test('one token serves every reload and every tab', async () => {
    const page = await visitor();
    await signIn(page, 'sales@globex.example');
    await chart(page, 'Sales by region').waitFor();
    const before = exchanges('globex');
    await page.reload();
    await chart(page, 'Sales by region').waitFor();
    const tab = await page.context().newPage();
    await tab.goto('/');
    await chart(tab, 'Sales by region').waitFor();
    expect(exchanges('globex')).toBe(before);
  });

  test('a token that the tenant revoked is replaced without a notice', async () => {
    const page = await visitor();
    await signIn(page, 'americas@acme.example');
    await chart(page, 'Sales by region').waitFor();
    const before = exchanges('acme');
    const { qlikUserId } = demo.summary.users.find(({ email }) => email === 'americas@acme.example')!;
    demo.region.tenant('acme').state.tokens.revokeAllOf({ userId: qlikUserId });
    await page.reload();
    await chart(page, 'Sales by region').waitFor();
    expect(exchanges('acme')).toBe(before + 1);
  });
});

describe('leaving', () => {
  test('Back after sign-out shows nothing of what was there [ASVS 14.3.1]', async () => {
    const page = await visitor();
    await signIn(page, 'europe@acme.example');
    await chart(page, 'Sales by region').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/login#signed_out');
    await page.getByText('You are signed out.').waitFor();
    await page.goBack();
    await page.waitForURL('**/login**');
    expect(await page.content()).not.toMatch(/Europe analyst|Sales by region/);
    const refused = await page.request.get('/api/qlik-token');
    expect(refused.status()).toBe(401);
  });

  test('without JavaScript a person can sign in, is told why there are no charts, and can sign out [ASVS 7.4.4]', async () => {
    const page = await visitor({ javaScriptEnabled: false });
    await signIn(page, 'europe@acme.example');
    await page.getByRole('heading', { name: 'Charts need JavaScript' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/login#signed_out');
    expect(await page.getByText('You are signed out.').isVisible()).toBe(true);
  });
});

test('a tenant that issues no tokens is reported to the person, and the page recovers by itself when it does again', async () => {
  const page = await visitor();
  const { faults, tokens } = demo.region.tenant('acme').state;
  const user = demo.summary.users.find(({ email }) => email === 'europe@acme.example')!;
  await demo.portal.tokens.forget(
    (await demo.portal.storage.tenantMembers.find(await accountOf(user.email)))!,
  );
  tokens.revokeAllOf({ userId: user.qlikUserId });
  faults.add({ kind: 'status', status: 503, match: { path: '/oauth/token' } });
  await signIn(page, user.email);
  const banner = page.getByText('Qlik Cloud cannot be reached right now.');
  await banner.waitFor();
  faults.clear();
  await chart(page, 'Sales by region').waitFor();
  expect(await banner.count()).toBe(0);
});

async function accountOf(email: string) {
  return (await demo.portal.storage.accounts.findByEmail(email))!.id;
}
