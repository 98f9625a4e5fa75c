import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { drawn, type PortalBrowser, signInContext, startPortalBrowser } from '../support/portal-browser.ts';

let world: PortalBrowser;
let context: BrowserContext;

beforeAll(async () => {
  world = await startPortalBrowser();
});
afterAll(() => world.close());
beforeEach(async () => {
  context = await world.openContext();
  await signInContext(context, world.portal);
  world.portal.requests.length = 0;
});
afterEach(async () => {
  await context.close();
  world.portal.faults.clear();
  world.portal.expireAll();
});

/** The embed page with everything drawn, and a mark that a reload would wipe out. */
async function openEmbed(hash = '', { charts = 1 } = {}): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`/${hash}`);
  await drawn(page, charts);
  await page.evaluate(() => Object.assign(window, { samePage: true }));
  return page;
}

const isSamePage = (page: Page) => page.evaluate(() => 'samePage' in window);
const methods = () => world.portal.requests.map(({ method }) => method);

/** The person does something in a chart that makes it ask Qlik again. */
async function use(page: Page): Promise<void> {
  await page.locator('.drawn').first().click();
}

async function endSession(): Promise<void> {
  await world.portal.endSessions();
  world.portal.expireAll();
}

async function signInAgain(page: Page, email: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in again' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Password').fill(world.portal.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
}

describe('Qlik refuses the token', () => {
  test('a token that is stale from the start is replaced once, and all three charts are drawn', async () => {
    await openEmbed('#charts', { charts: 3 });
    world.portal.requests.length = 0;
    world.portal.revokeAll();
    const page = await context.newPage();
    for (const other of context.pages()) if (other !== page) await other.close();
    await page.goto('/#charts');
    expect(await drawn(page, 3)).toHaveLength(3);
    expect(methods()).toEqual(['GET', 'POST']);
  });

  test('a token that is revoked while the page is open is replaced without a notice', async () => {
    const page = await openEmbed();
    world.portal.expireAll();
    const redrawn = page.waitForResponse((response) => response.url().endsWith('/users/me') && response.ok());
    await use(page);
    await redrawn;
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await page.locator('qlik-token-banner').count()).toBe(0);
  });
});

describe('the session has ended', () => {
  test('the page stays, and recovers after signing in again in place', async () => {
    const page = await openEmbed('#sheet/regions');
    await endSession();
    await use(page);
    await expectBanner(page, 'Your session has ended.');
    await signInAgain(page, world.portal.europe);
    expect(await drawn(page)).toEqual(['Europe analyst sees regions']);
    expect(await page.locator('qlik-token-banner, qlik-token-sign-in').count()).toBe(0);
    expect(await isSamePage(page)).toBe(true);
    expect(new URL(page.url()).hash).toBe('#sheet/regions');
  });

  test('the dialog starts with the person’s e-mail, says what is wrong, and can be left', async () => {
    const page = await openEmbed();
    await endSession();
    await use(page);
    await page.getByRole('button', { name: 'Sign in again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    expect(await dialog.getByLabel('E-mail').inputValue()).toBe(world.portal.europe);
    await dialog.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').getByText('E-mail or password is wrong').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await isSamePage(page)).toBe(true);
    await expectBanner(page, 'Your session has ended.');
  });

  test('someone else signs in in place: the page is loaded anew, as theirs', async () => {
    const page = await openEmbed();
    await endSession();
    await use(page);
    await signInAgain(page, world.portal.asia);
    await page.getByText('Asia analyst', { exact: true }).waitFor();
    expect(await drawn(page)).toEqual(['Asia analyst sees overview']);
    expect(await isSamePage(page)).toBe(false);
  });

  test('signing in in a new tab makes this one recover', async () => {
    const page = await openEmbed();
    await endSession();
    await use(page);
    await page.getByRole('button', { name: 'Sign in again' }).click();
    const opened = context.waitForEvent('page');
    await page.getByRole('link', { name: 'Use the sign-in page in a new tab' }).click();
    const other = await opened;
    await other.fill('#email', world.portal.europe);
    await other.fill('#password', world.portal.password);
    await other.click('#submit');
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await isSamePage(page)).toBe(true);
    expect(await page.locator('qlik-token-banner, qlik-token-sign-in').count()).toBe(0);
  });
});

describe('more than one tab', () => {
  test('a token refused in two tabs is replaced once: both continue with the same next one', async () => {
    const pages = [await openEmbed(), await openEmbed('#sheet/regions')];
    world.portal.revokeAll();
    await Promise.all(
      pages.map(async (page) => {
        const redrawn = page.waitForResponse(
          (response) => response.url().endsWith('/users/me') && response.ok(),
        );
        await use(page);
        await redrawn;
      }),
    );
    expect(methods()).toEqual(['GET', 'GET', 'POST', 'POST']);
    const authorizations = world.portal.tenant.seen.filter(({ status }) => status === 200).slice(-2);
    expect(authorizations[0]).toEqual(authorizations[1]);
  });

  test('signing in again in one tab brings the others back', async () => {
    const pages = [await openEmbed(), await openEmbed('#sheet/regions')] as const;
    await endSession();
    for (const page of pages) {
      await use(page);
      await expectBanner(page, 'Your session has ended.');
    }
    await signInAgain(pages[0], world.portal.europe);
    expect(await drawn(pages[1])).toEqual(['Europe analyst sees regions']);
    expect(await isSamePage(pages[1])).toBe(true);
    expect(await pages[1].locator('qlik-token-banner').count()).toBe(0);
  });

  test('someone else signs in in another tab: no tab shows one person with the token of another', async () => {
    const page = await openEmbed();
    const other = await context.newPage();
    await other.goto('/login');
    await other.fill('#email', world.portal.asia);
    await other.fill('#password', world.portal.password);
    await other.click('#submit');
    expect(await drawn(other)).toEqual(['Asia analyst sees overview']);
    await page.getByText('Asia analyst', { exact: true }).waitFor();
    expect(await drawn(page)).toEqual(['Asia analyst sees overview']);
    expect(await isSamePage(page)).toBe(false);
  });

  test('someone else signed in without this page hearing of it: their token is not used in it', async () => {
    const page = await openEmbed();
    await signInContext(context, world.portal, world.portal.asia);
    world.portal.expireAll();
    await use(page);
    await page.getByText('Asia analyst', { exact: true }).waitFor();
    expect(await isSamePage(page)).toBe(false);
    expect(await drawn(page)).toEqual(['Asia analyst sees overview']);
  });

  test('someone else’s page in another tab is enough, however they signed in', async () => {
    const page = await openEmbed();
    await signInContext(context, world.portal, world.portal.asia);
    const other = await context.newPage();
    await other.goto('/');
    expect(await drawn(other)).toEqual(['Asia analyst sees overview']);
    await page.getByText('Asia analyst', { exact: true }).waitFor();
    expect(await drawn(page)).toEqual(['Asia analyst sees overview']);
    expect(await isSamePage(page)).toBe(false);
  });

  test('browsers of two people share nothing', async () => {
    await openEmbed();
    const elsewhere = await world.openContext();
    await signInContext(elsewhere, world.portal, world.portal.asia);
    const page = await elsewhere.newPage();
    await page.goto('/');
    expect(await drawn(page)).toEqual(['Asia analyst sees overview']);
    await elsewhere.close();
    expect(world.portal.requests.map(({ user }) => user)).toEqual([world.portal.europe, world.portal.asia]);
  });
});

describe('the way to the portal', () => {
  test('a page that goes offline says so, keeps its charts, and continues when it is online', async () => {
    const page = await openEmbed();
    world.portal.expireAll();
    // The tenant is still reached, the portal is not: the runtime asks for a token and gets none.
    await page.route('**/api/qlik-token', (route) => route.abort('internetdisconnected'));
    await use(page);
    await expectBanner(page, 'No connection to the portal.');
    await page.unroute('**/api/qlik-token');
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    await page.locator('qlik-token-banner').waitFor({ state: 'detached' });
    expect(await isSamePage(page)).toBe(true);
  });

  test('the server restarts: the page recovers, with its session', async () => {
    const page = await openEmbed();
    world.portal.expireAll();
    await world.portal.stop();
    await use(page);
    await expectBanner(page, 'No connection to the portal.');
    await world.portal.start();
    await page.locator('qlik-token-banner').waitFor({ state: 'detached' });
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await isSamePage(page)).toBe(true);
  });

  test('Qlik is out of reach from the start: the charts come when it is back', async () => {
    world.portal.faults.set('/api/qlik-token', (_req, res) => {
      res.status(503).set('Retry-After', '30').json({ code: 'qlik_unavailable' });
    });
    const page = await context.newPage();
    await page.goto('/#charts');
    await expectBanner(page, 'Qlik Cloud cannot be reached right now.');
    world.portal.faults.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(await drawn(page, 3)).toHaveLength(3);
    expect(methods()).toEqual(['GET']);
  });
});

async function expectBanner(page: Page, title: string): Promise<void> {
  await page.locator('qlik-token-banner').getByText(title).waitFor();
  expect(await page.locator('qlik-token-banner').getByRole('alert').innerText()).toContain(title);
}
