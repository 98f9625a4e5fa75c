import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  complaintsOf,
  drawn,
  type PortalBrowser,
  signInContext,
  startPortalBrowser,
} from '../support/portal-browser.ts';

let world: PortalBrowser;

beforeAll(async () => {
  world = await startPortalBrowser();
});
afterAll(() => world.close());
afterEach(async () => {
  const { portal, browser } = world;
  portal.faults.clear();
  portal.settings.content = portal.content;
  portal.tenant.setMainJs('served');
  for (const context of browser.contexts()) await context.close();
});

async function openPortal({ path = '/', viewport = { width: 1280, height: 800 } } = {}): Promise<Page> {
  const context = await world.openContext({ viewport });
  await signInContext(context, world.portal);
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

describe('what is shown', () => {
  test('the person, the organisation and the first sheet, drawn by the real web component without a complaint', async () => {
    const context = await world.openContext();
    await signInContext(context, world.portal);
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto('/');
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await page.textContent('#person')).toBe('Europe analyst');
    expect(await page.textContent('#organisation')).toBe('Acme Europe GmbH');
    expect(await page.title()).toBe('Sales overview · Analytics Portal');
    const embed = page.locator('qlik-embed');
    expect(await embed.getAttribute('ui')).toBe('analytics/sheet');
    expect(await embed.getAttribute('app-id')).toBe(world.portal.content.appId);
    expect(await embed.getAttribute('sheet-id')).toBe('overview');
    expect(complaints).toEqual([]);
  });

  test('the runtime is told nothing that would keep a token in storage [ASVS 14.3.3] [RFC 10017 6.2.4.3.1]', async () => {
    const page = await openPortal();
    await drawn(page);
    const script = page.locator('script[data-host]');
    const names = await script.evaluate(({ dataset }) => Object.keys(dataset));
    expect(names.toSorted()).toEqual(['authType', 'clientId', 'getAccessToken', 'host']);
    expect(await script.getAttribute('data-host')).toBe(world.portal.tenant.origin);
    const kept = await page.evaluate(async () => {
      const databases = await indexedDB.databases();
      return [JSON.stringify([localStorage, sessionStorage]), document.cookie, JSON.stringify(databases)];
    });
    expect(kept).toEqual(['[{},{}]', '', '[]']);
  });

  test('all charts of the app side by side, with one token for all of them', async () => {
    const before = world.portal.requests.length;
    const page = await openPortal({ path: '/#charts' });
    expect(await drawn(page, 3)).toEqual([
      'Europe analyst sees by-month',
      'Europe analyst sees by-product',
      'Europe analyst sees margin',
    ]);
    expect(world.portal.requests.length - before).toBe(1);
  });

  test('the title of a sheet once, as Qlik draws it; a heading all the same', async () => {
    const page = await openPortal();
    await drawn(page);
    const heading = page.getByRole('heading', { level: 1, name: 'Sales overview' });
    expect((await heading.boundingBox())?.height).toBe(1);
    await page.goto('/#charts');
    const charts = page.getByRole('heading', { level: 1, name: 'All charts' });
    await charts.waitFor();
    expect((await charts.boundingBox())?.height).toBeGreaterThan(20);
  });

  test.each([320, 375, 390, 430])('on a phone %i px wide the organisation has a line', async (width) => {
    const page = await openPortal();
    await page.setViewportSize({ width, height: 800 });
    const { height } = (await page.locator('#organisation').boundingBox())!;
    expect(height).toBeLessThan(32);
  });

  test('an organisation without sheets is told so', async () => {
    world.portal.settings.content = null;
    const page = await openPortal();
    await page.waitForSelector('#problem:not([hidden])');
    expect(await page.textContent('#problem-title')).toBe('There is nothing to show yet');
  });
});

describe('finding one’s way', () => {
  test('the keyboard reaches every sheet and moves the focus to its heading', async () => {
    const page = await openPortal();
    await drawn(page);
    await page.focus('nav a');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#sheet/regions');
    await expect.poll(() => drawn(page)).toEqual(['Europe analyst sees regions']);
    expect(await page.locator('nav [aria-current=page]').allTextContents()).toEqual(['Regions']);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('view-title');
  });

  test('reload and Back keep the sheet', async () => {
    const page = await openPortal();
    await drawn(page);
    await page.click('nav a[href="#sheet/products"]');
    await page.waitForFunction(() => document.querySelector('.drawn')?.textContent?.includes('products'));
    await page.reload();
    expect(await drawn(page)).toEqual(['Europe analyst sees products']);
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('.drawn')?.textContent?.includes('overview'));
    expect(await page.textContent('#view-title')).toBe('Sales overview');
  });

  test('an address of a sheet that is no longer there shows the first one', async () => {
    const page = await openPortal({ path: '/#sheet/long-gone' });
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(new URL(page.url()).hash).toBe('#sheet/overview');
  });

  test('names that look like markup are only text', async () => {
    const title = '<img src=x onerror=alert(1)>';
    world.portal.settings.content = { appId: 'a', sheets: [{ id: '"><b>', title }], objects: [] };
    const page = await openPortal();
    expect(await drawn(page)).toEqual(['Europe analyst sees "><b>']);
    expect(await page.textContent('#view-title')).toBe(title);
  });
});

describe('when something fails', () => {
  test('the portal does not answer: the page says so, and Try again recovers it', async () => {
    world.portal.faults.set('/api/embed', (_req, res) => {
      res.status(500).send('<html>oops');
    });
    const page = await openPortal();
    await page.waitForSelector('#problem:not([hidden])');
    expect(await page.textContent('#problem-title')).toBe('The portal does not answer');
    world.portal.faults.clear();
    await page.click('#problem-actions button');
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
  });

  test('there never was a token: the banner says why, and nothing else says otherwise', async () => {
    world.portal.faults.set('/api/qlik-token', (_req, res) => {
      res.status(409).json({ code: 'qlik_user_not_linked' });
    });
    const page = await openPortal();
    await page.getByText('Your account is not connected to Qlik Cloud yet.').waitFor();
    await page.locator('qlik-embed > *').waitFor({ state: 'attached' });
    expect(await page.locator('qlik-embed > *').isVisible()).toBe(false);
    expect(await page.locator('.placeholder').isVisible()).toBe(true);
    world.portal.faults.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await page.locator('.drawn').isVisible()).toBe(true);
  });

  test('the first time: it says that the access is being set up, and recovers by itself', async () => {
    world.portal.faults.set('/api/qlik-token', (_req, res) => {
      res.status(503).set('Retry-After', '1').json({ code: 'qlik_user_linking' });
    });
    const page = await openPortal();
    await page.getByText('Your access to the analytics is being set up.').waitFor();
    await page.evaluate(() => Object.assign(window, { samePage: true }));
    world.portal.faults.clear();
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await page.evaluate(() => 'samePage' in window)).toBe(true);
    await page.getByText('Your access to the analytics is being set up.').waitFor({ state: 'hidden' });
  });

  test('there was a token and there is none now: what is drawn stays in sight', async () => {
    const page = await openPortal();
    await drawn(page);
    world.portal.faults.set('/api/qlik-token', (_req, res) => {
      res.status(409).json({ code: 'qlik_user_not_linked' });
    });
    // A second call says that Qlik refused the first one's token.
    await page.evaluate(() => getQlikAccessToken());
    await page.getByText('Your account is not connected to Qlik Cloud yet.').waitFor();
    expect(await page.locator('.drawn').isVisible()).toBe(true);
  });

  test('Qlik Cloud is down when the page opens: the page recovers by itself, without a reload', async () => {
    world.portal.tenant.setMainJs('down');
    const page = await openPortal();
    await page.waitForSelector('#problem:not([hidden])');
    expect(await page.textContent('#problem-title')).toBe('Qlik Cloud cannot be reached');
    await page.evaluate(() => Object.assign(window, { samePage: true }));
    world.portal.tenant.setMainJs('served');
    expect(await drawn(page)).toEqual(['Europe analyst sees overview']);
    expect(await page.evaluate(() => 'samePage' in window)).toBe(true);
    expect(await page.isVisible('#problem')).toBe(false);
  });

  test('a policy that blocks Qlik Cloud is named as the cause', async () => {
    world.portal.faults.set('GET /', (_req, res, next) => {
      const setHeader = res.setHeader.bind(res);
      res.setHeader = (name, value) => {
        const policy = String(value).replaceAll(world.portal.tenant.origin, 'https://elsewhere.example');
        return setHeader(name, name.toLowerCase() === 'content-security-policy' ? policy : value);
      };
      next();
    });
    const page = await openPortal();
    await page.waitForSelector('#problem:not([hidden])');
    expect(await page.textContent('#problem-text')).toContain('Content-Security-Policy');
  });

  test('the session is over before the page has loaded: sign in, with the sheet kept', async () => {
    world.portal.faults.set('/api/embed', (_req, res) => {
      res.status(401).json({ code: 'session_required' });
    });
    const page = await openPortal({ path: '/#sheet/regions' });
    await page.waitForURL('**/login#sheet/regions');
    expect(await page.isVisible('#sign-in-form')).toBe(true);
  });
});

describe('signing out', () => {
  test('Back shows nothing of the page', async () => {
    const page = await openPortal();
    await drawn(page);
    await page.click('#sign-out button');
    await page.waitForSelector('#signed_out:target');
    await page.goBack();
    await page.waitForURL('**/login**');
    expect(await page.locator('.drawn').count()).toBe(0);
    expect(await page.content()).not.toContain('Europe analyst');
  });

  test('a browser that kept the page in memory shows nothing of it either', async () => {
    const page = await openPortal();
    await drawn(page);
    await world.portal.endSessions();
    const left = await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      return document.body.textContent;
    });
    expect(left).toBe('');
    await page.waitForURL('**/login**');
  });

  test('every other tab leaves as well [ASVS 14.3.1]', async () => {
    const page = await openPortal();
    await drawn(page);
    const other = await page.context().newPage();
    await other.goto('/');
    await drawn(other);
    await page.click('#sign-out button');
    await other.waitForURL('**/login#signed_out');
    expect(await other.isVisible('#signed_out')).toBe(true);
  });

  test('a page that says "signed out" leaves a person signed in who has signed in since', async () => {
    const page = await openPortal();
    await drawn(page);
    const other = await page.context().newPage();
    const asked = page.waitForResponse('**/api/qlik-token');
    await other.goto('/login#signed_out');
    expect((await asked).status()).toBe(200);
    expect(new URL(page.url()).pathname).toBe('/');
    expect(await page.isVisible('.drawn')).toBe(true);
  });
});

describe('small screens and zoom', () => {
  test('navigation that extends past an edge shades that edge, and only that', async () => {
    const page = await openPortal({ viewport: { width: 360, height: 740 } });
    await drawn(page);
    const nav = page.locator('nav');
    const edge = async (side: 'left' | 'right') => {
      const { x, y, width } = (await nav.boundingBox())!;
      // Below the border of the header and above all text.
      const clip = { x: side === 'left' ? x : x + width - 4, y: y + 2, width: 4, height: 4 };
      return (await page.screenshot({ clip })).toString('base64');
    };
    const edges = async () => ({ left: await edge('left'), right: await edge('right') });
    const start = await edges();
    await nav.evaluate((element) => element.scrollTo({ left: element.scrollWidth, behavior: 'instant' }));
    const end = await edges();
    expect(start.left).not.toBe(end.left);
    expect(start.right).not.toBe(end.right);
    expect(start.left).toBe(end.right);
  });

  test.each([
    ['a phone', { width: 360, height: 740 }],
    ['1280 pixels at 200 %', { width: 640, height: 400 }],
    ['1280 pixels at 400 %', { width: 320, height: 256 }],
  ])('%s: nothing is cut off sideways', async (_name, viewport) => {
    const page = await openPortal({ path: '/#charts', viewport });
    await drawn(page, 3);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await page.goto('/login');
    await page.waitForSelector('#sign-in-form');
    expect(await overflow()).toBe(0);
  });
});
