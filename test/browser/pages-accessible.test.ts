import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { drawn, type PortalBrowser, signInContext, startPortalBrowser } from '../support/portal-browser.ts';

let world: PortalBrowser;

beforeAll(async () => {
  world = await startPortalBrowser();
});
afterAll(() => world.close());
afterEach(async () => {
  const { portal, browser } = world;
  portal.faults.clear();
  portal.tenant.setMainJs('served');
  portal.expireAll();
  for (const context of browser.contexts()) await context.close();
});

/** Brings a page into a state that people meet; the state is there when it resolves. */
type State = (page: Page, context: BrowserContext) => Promise<void>;

const embed: State = async (page, context) => {
  await signInContext(context, world.portal);
  await page.goto('/#charts');
  await drawn(page, 3);
};

const sessionEnded: State = async (page, context) => {
  await embed(page, context);
  await world.portal.endSessions();
  world.portal.expireAll();
  await page.locator('.drawn').first().click();
  await page.getByRole('button', { name: 'Sign in again' }).waitFor();
};

const STATES: readonly (readonly [string, State])[] = [
  ['sign-in', async (page) => void (await page.goto('/login'))],
  [
    'sign-in refused',
    async (page) => {
      await page.goto('/login');
      await page.fill('#email', 'nobody@acme.example');
      await page.fill('#password', 'wrong');
      await page.click('#submit');
      await page.waitForSelector('#invalid_credentials:target');
    },
  ],
  ['sign-in paused', async (page) => void (await page.goto('/login#too_many_attempts'))],
  ['nothing there', async (page) => void (await page.goto('/nothing-there'))],
  ['signed out', async (page) => void (await page.goto('/login#signed_out'))],
  ['embed', embed],
  ['session ended', sessionEnded],
  [
    'signing in again in place, refused',
    async (page, context) => {
      await sessionEnded(page, context);
      await page.getByRole('button', { name: 'Sign in again' }).click();
      await page.getByRole('dialog').getByLabel('Password').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByRole('alert').getByText('wrong').waitFor();
    },
  ],
  [
    'no token now',
    async (page, context) => {
      world.portal.faults.set('/api/qlik-token', (_req, res) => {
        res.status(503).set('Retry-After', '60').json({ code: 'qlik_rate_limited' });
      });
      await signInContext(context, world.portal);
      await page.goto('/');
      await page.getByText('Qlik Cloud is busy right now.').waitFor();
    },
  ],
  [
    'loading',
    async (page, context) => {
      world.portal.faults.set('/api/embed', () => undefined);
      await signInContext(context, world.portal);
      await page.goto('/');
      await page.waitForSelector('#loading:not([hidden])');
    },
  ],
  [
    'Qlik Cloud out of reach',
    async (page, context) => {
      world.portal.tenant.setMainJs('down');
      await signInContext(context, world.portal);
      await page.goto('/');
      await page.getByRole('heading', { name: 'Qlik Cloud cannot be reached' }).waitFor();
    },
  ],
];

test.each(STATES)('%s: axe-core finds nothing, light or dark', async (_name, state) => {
  // Still pictures: contrast is measured on what people see.
  const context = await world.openContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  await state(page, context);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => [colorScheme, id, nodes.map(({ html }) => html)])).toEqual([]);
  }
});

test('the focus is always to be seen', async () => {
  const context = await world.openContext();
  const page = await context.newPage();
  await embed(page, context);
  const outlines: string[] = [];
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press('Tab');
    outlines.push(
      await page.evaluate(() => {
        const focused = document.activeElement ?? document.body;
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        return `${focused.tagName} ${outlineStyle} ${outlineWidth}`;
      }),
    );
  }
  expect(outlines.filter((outline) => !outline.endsWith('solid 3px'))).toEqual([]);
});

test('the first Tab offers to skip to the content', async () => {
  const context = await world.openContext();
  const page = await context.newPage();
  await embed(page, context);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  // It is a place on the page, not another sheet.
  expect(await drawn(page, 3)).toHaveLength(3);
});

test.each([1280, 320])('what went wrong stands in the middle of a page %i pixels wide', async (width) => {
  const context = await world.openContext({ viewport: { width, height: 640 } });
  const page = await context.newPage();
  await page.goto('/nothing-there');
  const box = await page.locator('main > *').evaluateAll((parts) => {
    const boxes = parts.map((part) => part.getBoundingClientRect());
    const [left, right] = [Math.min(...boxes.map((b) => b.left)), Math.max(...boxes.map((b) => b.right))];
    return { left, right, top: Math.min(...boxes.map((b) => b.top)) };
  });
  expect(box.left).toBeGreaterThanOrEqual(16);
  expect(Math.abs(box.left + box.right - width)).toBeLessThanOrEqual(2);
  expect(box.top).toBeGreaterThan(100);
});

test('nothing moves for people who asked for less motion', async () => {
  const context = await world.openContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  await sessionEnded(page, context);
  const moving = await page.evaluate(() => document.getAnimations().length);
  expect(moving).toBe(0);
});

test('print leaves the navigation and the notices away and keeps the charts', async () => {
  const context = await world.openContext();
  const page = await context.newPage();
  await sessionEnded(page, context);
  await page.emulateMedia({ media: 'print' });
  expect(await page.isVisible('nav')).toBe(false);
  expect(await page.isVisible('#sign-out')).toBe(false);
  expect(await page.locator('qlik-token-banner').getByRole('alert').isVisible()).toBe(false);
  expect(await page.locator('.panel').count()).toBe(3);
  expect(await page.locator('.panel').first().isVisible()).toBe(true);
});
