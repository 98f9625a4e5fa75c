import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { issuePasswordInvite } from '../../src/portal/accounts/password-invites.ts';
import { launchChromium } from '../support/chromium.ts';
import { complaintsOf, postSignIn } from '../support/portal-browser.ts';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

const NEW_PASSWORD = 'violet kettle on the seventh roof';
/** Where to leave pictures of the pages, for people to look at. */
const { SCREENSHOTS } = process.env;

let portal: TestPortal;
let browser: Browser;
let tenant: Tenant;
let person: TestUser;
let complaints: string[];
beforeAll(async () => {
  [portal, browser] = await Promise.all([startPortal(), launchChromium()]);
  portal.hide(NEW_PASSWORD);
  tenant = await portal.addTenant({ name: 'Northwind' });
});
afterAll(async () => {
  await browser.close();
  await portal.close();
});
beforeEach(async () => {
  person = await portal.addUser(tenant, { name: 'Europe analyst' });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: portal.url,
    viewport: { width: 1100, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(path);
  return page;
}

async function signIn(page: Page, password = person.password): Promise<void> {
  await page.goto('/login');
  await page.fill('#email', person.account.email);
  await page.fill('#password', password);
  await page.click('#submit');
  await page.waitForURL('**/');
}

async function openAccount(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await open('/login', options);
  await postSignIn(page.context(), { email: person.account.email, password: person.password });
  await page.goto('/account');
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
  complaints.length = 0;
  return page;
}

async function expectAccessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

async function linkCode(): Promise<string> {
  const { passwordInvites } = portal.storage;
  const clock = { now: () => Date.now() };
  const { url } = await issuePasswordInvite(
    { passwordInvites, publicUrl: portal.url, clock },
    person.account.id,
  );
  const code = new URL(url.reveal()).hash.slice(1);
  portal.hide(code);
  return code;
}

const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 360, height: 780 } }],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[];

describe('the page of the own account', () => {
  test.each(LOOKS)('is accessible: %s', async (name, options) => {
    const page = await openAccount(options);
    await openAccount({
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    });
    await page.reload();
    await page.getByText('Firefox on Linux').waitFor();
    await expectAccessible(page, `account-${name}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test('is one step from the analytics, and says who is here', async () => {
    const page = await open('/login');
    await signIn(page);
    await page.getByRole('link', { name: 'Your account: Europe analyst' }).click();
    await page.getByRole('heading', { name: 'Your account', exact: true }).waitFor();
    const facts = page.locator('dd');
    await facts.getByText('Europe analyst').waitFor();
    expect(await facts.allTextContents()).toEqual([
      'Europe analyst',
      person.account.email,
      'Northwind',
      'E-mail and password',
    ]);
    await page.getByRole('link', { name: 'Back to the analytics' }).click();
    await page.waitForURL('**/');
  });

  test('the account page changes the password by keyboard, and says the result', async () => {
    const page = await openAccount();
    const elsewhere = await openAccount();
    await page.getByLabel('Current password').fill('not the old one');
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.keyboard.press('Enter');
    const outcome = page.locator('#password-outcome');
    await outcome.getByText('The current password is wrong').waitFor();
    expect(await outcome.evaluate((each) => each === document.activeElement)).toBe(true);
    expect(await page.getByLabel('Current password').getAttribute('aria-invalid')).toBe('true');
    await expectAccessible(page, 'account-refused');

    await page.getByLabel('Current password').fill(person.password);
    await page.getByLabel('New password').press('Enter');
    await outcome.getByText('Your password is changed.').waitFor();
    expect(await page.getByLabel('New password').inputValue()).toBe('');
    await expectAccessible(page, 'account-changed');
    await page.reload();
    await page.getByText('This one').waitFor();
    await elsewhere.reload();
    await elsewhere.waitForURL('**/login');
    await signIn(elsewhere, NEW_PASSWORD);
  });

  test('the account page signs the other sessions out', async () => {
    const page = await openAccount();
    const elsewhere = await openAccount();
    await page.reload();
    await page.getByRole('button', { name: 'Sign out the others' }).click();
    await page.getByText('You are signed in here only.').waitFor();
    expect(await page.locator('.sessions li').count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Sign out the others' }).isVisible()).toBe(false);
    await elsewhere.getByRole('button', { name: 'Sign out the others' }).click();
    await elsewhere.waitForURL('**/login#session_expired');
  });

  test('shows names as text, whatever they hold [RFC 10017 5]', async () => {
    await portal.storage.accounts.setProfile(person.account.id, {
      name: '<img src=x onerror=alert(1)>',
      groups: [],
    });
    const page = await openAccount();
    await page.locator('dd').getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(complaints).toEqual([]);
  });

  test('has no password to change where a company vouches for people', async () => {
    const page = await open('/login');
    await page.route('**/api/account', async (route) => {
      const answer = await route.fetch();
      const body = { ...((await answer.json()) as object), signedInBy: 'sso', hasPassword: false };
      await route.fulfill({ response: answer, json: body });
    });
    await signIn(page);
    await page.goto('/account');
    await page.getByText('The sign-in of Northwind').waitFor();
    expect(await page.getByLabel('Current password').isVisible()).toBe(false);
  });

  test('the account page says that the portal does not answer, and recovers', async () => {
    const page = await openAccount();
    await page.route('**/api/account', (route) => route.fulfill({ status: 503, json: {} }));
    await page.reload();
    await page.getByText('Your account cannot be shown right now').waitFor();
    await expectAccessible(page, 'account-unavailable');
    await page.unroute('**/api/account');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('This one').waitFor();
    expect(await page.getByText('cannot be shown').isVisible()).toBe(false);
  });

  test('Back does not show the account page after a sign-out', async () => {
    const page = await openAccount();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/login#signed_out');
    await page.goBack();
    await page.waitForURL('**/login');
    expect(await page.content()).not.toContain(person.account.email);
  });
});

describe('the page of a one-time link', () => {
  test.each(LOOKS)('is accessible: %s', async (name, options) => {
    const page = await open(`/set-password#${await linkCode()}`, options);
    await expectAccessible(page, `set-password-${name}`);
    expect(complaints).toEqual([]);
  });

  test('takes the code out of address and history, sets the password, and leads to the sign-in', async () => {
    const code = await linkCode();
    const page = await open(`/set-password#${code}`);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(`${request.url()} ${request.headers()['referer'] ?? ''}`));
    expect(page.url()).toBe(`${portal.url}/set-password`);
    expect(await page.getByLabel('Code').isVisible()).toBe(false);
    await page.getByLabel('New password').fill('short words');
    await page.keyboard.press('Enter');
    await page.getByText('The password is too short.').waitFor();
    await expectAccessible(page, 'set-password-refused');
    await page.getByRole('button', { name: 'Show password' }).click();
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/login#password_set');
    await page.getByText('Your password is set.').waitFor();
    expect(requests.filter((each) => each.includes(code))).toEqual([]);
    await signIn(page, NEW_PASSWORD);
  });

  test('a used one-time link is refused with its message', async () => {
    const code = await linkCode();
    await portal.request.post('/set-password').send({ code, password: NEW_PASSWORD });
    const page = await open(`/set-password#${code}`);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.keyboard.press('Enter');
    const message = page.getByText('This link does not work any more.');
    await message.waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('password_link_invalid');
    await expectAccessible(page, 'set-password-used');
  });

  test('works without scripts: the code is copied, the password given twice', async () => {
    const code = await linkCode();
    const page = await open(`/set-password#${code}`, { javaScriptEnabled: false });
    await page.getByLabel('Code').fill(page.url());
    await page.getByLabel('New password', { exact: true }).fill('short words');
    await page.getByLabel('New password, once more').fill('short words');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.waitForURL('**/set-password#password_too_short');
    expect(await page.getByText('The password is too short.').isVisible()).toBe(true);
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/set-password-no-scripts.png` });
    await page.goBack();
    await page.getByLabel('Code').fill(code);
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('New password, once more').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.waitForURL('**/login#password_set');
  });
});
