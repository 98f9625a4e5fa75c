import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  complaintsOf,
  type PortalBrowser,
  signInAtPage,
  startPortalBrowser,
} from '../support/portal-browser.ts';

let world: PortalBrowser;

beforeAll(async () => {
  world = await startPortalBrowser();
});
afterAll(() => world.close());
afterEach(async () => {
  world.portal.faults.clear();
  for (const context of world.browser.contexts()) await context.close();
});

async function openLogin({ javaScriptEnabled = true, path = '/login' } = {}): Promise<Page> {
  const context = await world.openContext({ javaScriptEnabled });
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

describe('without JavaScript', () => {
  test('people sign in with the plain form', async () => {
    const page = await openLogin({ javaScriptEnabled: false });
    await signInAtPage(page, world.portal);
    await page.waitForURL(`${world.portal.origin}/`);
    expect(await page.isVisible('#sign-out button')).toBe(true);
    expect(await page.getByRole('heading', { name: 'Charts need JavaScript' }).isVisible()).toBe(true);
    expect(await page.isVisible('#loading')).toBe(false);
  });

  test('a wrong password is said beside the form, and nothing that cannot work is offered', async () => {
    const page = await openLogin({ javaScriptEnabled: false });
    await page.fill('#email', world.portal.europe);
    await page.fill('#password', 'wrong');
    await page.click('#submit');
    await page.waitForURL('**/login#invalid_credentials');
    expect(await page.locator('.message:visible').allInnerTexts()).toEqual([
      expect.stringContaining('E-mail or password is wrong'),
    ]);
    expect(await page.isVisible('#toggle-password')).toBe(false);
  });

  test.each([
    'invalid_credentials',
    'too_many_attempts',
    'session_expired',
    'signed_out',
    'cross_site_request',
    'unavailable',
  ])('the page has a message for %s', async (code) => {
    const page = await openLogin({ javaScriptEnabled: false, path: `/login#${code}` });
    expect(await page.locator('.message:visible').count()).toBe(1);
  });
});

describe('with JavaScript', () => {
  test('a wrong password keeps the e-mail, marks the fields and takes the focus to the message', async () => {
    const page = await openLogin();
    await page.fill('#email', world.portal.europe);
    await page.fill('#password', 'wrong');
    await page.click('#submit');
    await page.waitForSelector('#invalid_credentials:target');
    expect(await page.inputValue('#email')).toBe(world.portal.europe);
    expect(await page.inputValue('#password')).toBe('');
    expect(await page.getAttribute('#password', 'aria-invalid')).toBe('true');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('invalid_credentials');
  });

  test('success is a full page load, without a single complaint of the browser', async () => {
    const page = await openLogin();
    const complaints = complaintsOf(page);
    await page.evaluate(() => Object.assign(window, { earlier: true }));
    await signInAtPage(page, world.portal);
    await page.waitForSelector('.drawn');
    expect(await page.evaluate(() => 'earlier' in window)).toBe(false);
    expect(complaints).toEqual([]);
  });

  test('a second press while the first is under way sends nothing', async () => {
    const page = await openLogin();
    let posts = 0;
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: pressed, resolve: press } = Promise.withResolvers<void>();
    world.portal.faults.set('POST /login', async (_req, res) => {
      posts += 1;
      ask();
      await pressed;
      res.status(401).json({ code: 'invalid_credentials' });
    });
    await page.fill('#email', world.portal.europe);
    await page.fill('#password', 'wrong');
    await page.click('#submit');
    await asked;
    await page.dispatchEvent('#submit', 'click');
    await page.press('#password', 'Enter');
    press();
    await page.waitForSelector('#invalid_credentials:target');
    expect(posts).toBe(1);
  });

  test('too many attempts: the wait is counted down, then the form works again', async () => {
    const page = await openLogin();
    await page.clock.install();
    world.portal.faults.set('POST /login', (_req, res) => {
      res.status(429).set('Retry-After', '90').json({ code: 'too_many_attempts' });
    });
    await signInAtPage(page, world.portal);
    await page.waitForSelector('#too_many_attempts:target');
    expect(await page.textContent('#wait')).toBe('Try again in 1:30.');
    expect(await page.getAttribute('#submit', 'aria-disabled')).toBe('true');
    await page.clock.runFor(31_000);
    expect(await page.textContent('#wait')).toBe('Try again in 0:59.');
    await page.clock.runFor(60_000);
    world.portal.faults.clear();
    await page.click('#submit');
    await page.waitForURL(`${world.portal.origin}/**`);
    expect(await page.textContent('#person')).toBeDefined();
  });

  test('a portal that cannot be reached keeps what was typed', async () => {
    const page = await openLogin();
    await page.context().setOffline(true);
    await signInAtPage(page, world.portal);
    await page.waitForSelector('#offline:target');
    expect(await page.inputValue('#password')).toBe(world.portal.password);
    await page.context().setOffline(false);
    await page.click('#submit');
    await page.waitForSelector('.drawn');
    expect(new URL(page.url()).pathname).toBe('/');
  });

  test.each([
    ['an HTML error page of a proxy', 502, '<html>Bad gateway</html>'],
    ['an unknown code', 500, '{"code":"internal_error"}'],
    ['a code that names another part of the page', 500, '{"code":"sign-in-form"}'],
    ['JSON that is no object', 503, 'null'],
  ])('%s says that signing in does not work now', async (_name, status, body) => {
    const page = await openLogin();
    world.portal.faults.set('POST /login', (_req, res) => {
      res.status(status).send(body);
    });
    await signInAtPage(page, world.portal);
    await page.waitForSelector('#unavailable:target');
    expect(await page.getAttribute('#submit', 'aria-disabled')).toBe('false');
  });

  test('the sheet someone was on their way to is open after the sign-in', async () => {
    const page = await openLogin({ path: '/#sheet/products' });
    await page.waitForURL('**/login#sheet/products');
    await signInAtPage(page, world.portal);
    await page.waitForSelector('.drawn');
    expect(await page.textContent('#view-title')).toBe('Products');
  });

  test('the keyboard is enough, and the password can be shown [ASVS 6.2.6]', async () => {
    const page = await openLogin();
    await page.keyboard.press('Tab');
    await page.keyboard.type(world.portal.europe);
    await page.keyboard.press('Tab');
    await page.keyboard.type(world.portal.password);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.getAttribute('#password', 'type')).toBe('text');
    expect(await page.getAttribute('#toggle-password', 'aria-pressed')).toBe('true');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.drawn');
    expect(await page.textContent('#person')).toBe('Europe analyst');
  });

  test('password managers find their fields [ASVS 6.2.7]', async () => {
    const page = await openLogin();
    expect(await page.getAttribute('#email', 'autocomplete')).toBe('username');
    expect(await page.getAttribute('#password', 'autocomplete')).toBe('current-password');
  });
});
