import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { tenantApp } from '../src/engine/apps.ts';
import { type Region, type RegionTenant, startRegion } from '../src/region.ts';
import { launchChromium } from '../../../test/support/chromium.ts';
import { type EmbedPage, startEmbedPage, violationsOf } from './engine-page.ts';
import { accessTokenOf, member } from './engine-support.ts';
import { type Client, impersonationClient } from './support.ts';

/** Loading Qlik's chart code takes its time on a busy machine. */
const PATIENCE = { timeout: 60_000 };
vi.setConfig({ testTimeout: 180_000 });
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

let region: Region;
let tenant: RegionTenant;
let site: EmbedPage;
let browser: Browser;
let client: Client;
const tokens = new Map<string, string>();

beforeAll(async () => {
  [region, site, browser] = await Promise.all([
    startRegion({ tenants: [{ name: 'acme', port: 0 }] }),
    startEmbedPage(),
    launchChromium(),
  ]);
  tenant = region.tenant('acme');
  client = await impersonationClient(tenant, { allowedOrigins: [site.origin] });
  for (const group of ['Europe', 'Americas']) {
    tokens.set(group, await accessTokenOf(tenant, client, member(tenant, [group]).id));
  }
  tokens.set('everything', await accessTokenOf(tenant, client, member(tenant, [], 'Head office analyst').id));
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  await region?.close();
});

beforeEach(() => {
  site.tokens = [tokens.get('everything') ?? ''];
  site.asked = 0;
  site.withoutStyleHash = undefined;
});

const app = tenantApp('acme');

function sheet(index = 0): string {
  return `<qlik-embed ui="analytics/sheet" app-id="${app.appId}" sheet-id="${app.sheets[index]?.id}"></qlik-embed>`;
}

function chart(title: string): string {
  const id = app.objects.find((object) => object.title === title)?.id;
  return `<qlik-embed ui="analytics/chart" app-id="${app.appId}" object-id="${id}"></qlik-embed>`;
}

interface OpenOptions extends BrowserContextOptions {
  readonly colorSchemeOfPage?: string;
}

/** A page in a browser profile of its own, and what it complained about. */
async function open(html: string, { colorSchemeOfPage, ...options }: OpenOptions = {}) {
  site.embeds({
    tenant,
    clientId: client.clientId,
    html,
    ...(colorSchemeOfPage ? { colorScheme: colorSchemeOfPage } : {}),
  });
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  await page.goto(site.origin);
  return { page, complaints };
}

function embeds(page: Page, state?: 'ready' | 'failed'): Locator {
  return page.locator(state === undefined ? '.qs-embed' : `.qs-embed[data-state=${state}]`);
}

async function ready(page: Page, count = 1): Promise<void> {
  await embeds(page, 'ready')
    .nth(count - 1)
    .waitFor(PATIENCE);
}

/** Bars are drawn on a canvas: one lies just right of its label. */
async function clickBar(page: Page, label: string): Promise<void> {
  const text = page.locator('figure').first().locator('svg[data-key="bar-axis"] text', { hasText: label });
  const box = await text.boundingBox(PATIENCE);
  if (!box) throw new Error(`no bar "${label}"`);
  await page.mouse.click(box.x + box.width + 40, box.y + box.height / 2);
}

/** How many pixels of a chart's bars are painted. */
async function paintedPixels(page: Page): Promise<number> {
  return page
    .locator('canvas[data-key="bar"]')
    .first()
    .evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return pixels.filter((value, index) => index % 4 === 3 && value > 0).length;
    });
}

/** A chart in words, as a screen reader has it. */
function words(page: Page, title: string): Locator {
  return page.locator('figcaption', { hasText: `${title}.` });
}

test('draws real charts, each person their own, with no complaint and nothing refused', async () => {
  const seen = new Map<string, string>();
  for (const group of ['Europe', 'Americas']) {
    site.tokens = [tokens.get(group) ?? ''];
    const { page, complaints } = await open(sheet());
    await ready(page);
    expect(await page.locator('figure').count()).toBe(4);
    for (const figure of await page.locator('figure').all()) {
      await figure.locator('svg, canvas').first().waitFor(PATIENCE);
    }
    await page.locator('figure svg text', { hasText: group }).first().waitFor(PATIENCE);
    await expect.poll(() => paintedPixels(page), PATIENCE).toBeGreaterThan(1_000);
    expect(await page.locator('.qs-mark').textContent()).toBe(`sandbox tenant acme · as ${group} analyst`);
    const text = (await words(page, 'Sales by region').textContent()) ?? '';
    expect(text).toMatch(new RegExp(`^Sales by region\\. ${group}: Sales [\\d,]+$`));
    seen.set(group, text);
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
  }
  expect(new Set(seen.values()).size).toBe(2);
});

test('a click selects, in every chart of the page, and the bar of selections says so', async () => {
  const { page, complaints } = await open(sheet() + chart('Margin by product'));
  await ready(page, 2);
  const before = await words(page, 'Margin by product').textContent();
  await clickBar(page, 'Europe');
  const selections = page.locator('.qs-selections').first();
  await selections.getByText('Region', { exact: true }).waitFor(PATIENCE);
  await expect.poll(() => words(page, 'Margin by product').textContent(), PATIENCE).not.toBe(before);
  await page.keyboard.press('Escape');
  await expect.poll(() => words(page, 'Margin by product').textContent(), PATIENCE).toBe(before);
  expect(await violationsOf(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('draws a field to pick from, the selections, and charts made on the fly', async () => {
  const made = `<qlik-embed ui="analytics/chart" app-id="${app.appId}" type="barchart"
    dimensions='["Month"]' measures='["Avg(Units)"]'></qlik-embed>`;
  const field = `<qlik-embed ui="analytics/field" app-id="${app.appId}" field-id="Region"></qlik-embed>`;
  const selections = `<qlik-embed ui="analytics/selections" app-id="${app.appId}"></qlik-embed>`;
  const { page, complaints } = await open(made + field + selections);
  await ready(page, 3);
  await page.getByText('Asia Pacific', { exact: true }).click(PATIENCE);
  await page.locator('.qs-selections').getByText('Region', { exact: true }).waitFor(PATIENCE);
  await page.locator('figure svg text', { hasText: 'Mar' }).first().waitFor(PATIENCE);
  expect(await violationsOf(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('one-token-a-page: many embeds ask the page once, and share one websocket', async () => {
  const { page } = await open(
    chart('Sales by region') + chart('Sales by month') + chart('Margin by product'),
  );
  await ready(page, 3);
  expect(site.asked).toBe(1);
  expect(tenant.engine.connections).toBe(1);
});

test('a refused token is asked for once more, and the second one draws', async () => {
  site.tokens = ['refused', tokens.get('everything') ?? ''];
  const { page } = await open(chart('Sales by region'));
  await ready(page);
  expect(site.asked).toBe(2);
});

test('a token refused twice is told in the embed, leaves no rejection behind, and can be tried again', async () => {
  site.tokens = ['refused'];
  const { page, complaints } = await open(chart('Sales by region'));
  const alert = page.getByRole('alert');
  await alert.getByText('Qlik did not accept your sign-in').waitFor(PATIENCE);
  expect(site.asked).toBe(2);
  expect(complaints.filter((complaint) => complaint.startsWith('uncaught'))).toEqual([]);
  expect(tenant.engine.connections).toBe(0);
  site.tokens = [tokens.get('everything') ?? ''];
  await alert.getByRole('button', { name: 'Try again' }).click();
  await ready(page);
});

test('a page that the client does not allow learns that it is the address', async () => {
  const stranger = await impersonationClient(tenant, { allowedOrigins: ['https://elsewhere.example'] });
  site.tokens = [await accessTokenOf(tenant, stranger, member(tenant, [], 'Visiting analyst').id)];
  const { page, complaints } = await open(chart('Sales by region'));
  await page.getByRole('alert').getByText('allowedOrigins').waitFor(PATIENCE);
  expect(complaints.filter((complaint) => complaint.startsWith('uncaught'))).toEqual([]);
});

test('a lost connection is told in every embed, and reconnecting draws again', async () => {
  const { page, complaints } = await open(chart('Sales by region') + chart('Sales by month'));
  await ready(page, 2);
  tenant.engine.cut();
  await expect.poll(() => embeds(page, 'failed').count(), PATIENCE).toBe(2);
  for (const title of ['Sales by region', 'Sales by month']) {
    await page.getByRole('button', { name: 'Reconnect' }).first().click();
    await words(page, title).waitFor({ state: 'attached', ...PATIENCE });
  }
  await ready(page, 2);
  expect(complaints).toEqual([]);
});

test('says what is missing or unknown, and what only a real tenant draws', async () => {
  const { page } = await open(
    [
      `<qlik-embed ui="analytics/sheet" app-id="${app.appId}"></qlik-embed>`,
      `<qlik-embed ui="analytics/chart" app-id="${app.appId}" object-id="none"></qlik-embed>`,
      `<qlik-embed ui="analytics/chart" app-id="0b4d6d3c-0000-4000-8000-000000000000" object-id="none"></qlik-embed>`,
      `<qlik-embed ui="classic/app" app-id="${app.appId}"></qlik-embed>`,
    ].join(''),
  );
  await expect.poll(() => embeds(page, 'failed').count(), PATIENCE).toBe(3);
  const said = await embeds(page).allInnerTexts();
  expect(said[0]).toContain('The attribute sheet-id is missing.');
  expect(said[1]).toContain('This app has no object with the id “none”.');
  expect(said[2]).toContain('This content does not exist');
  expect(said[3]).toContain('classic/app');
});

test('what its policy keeps out is told, instead of waiting for ever', async () => {
  site.withoutStyleHash = EMPTY_STYLE;
  const { page } = await open(
    `<qlik-embed ui="analytics/field" app-id="${app.appId}" field-id="Region"></qlik-embed>`,
  );
  const alert = page.getByRole('alert');
  await alert.waitFor(PATIENCE);
  expect(await alert.textContent()).toContain('style-src-elem');
});

test('follows its attributes, and lets the connection go with the element', async () => {
  const { page } = await open(chart('Sales by region'));
  await ready(page);
  const element = page.locator('qlik-embed');
  const other = app.objects.find(({ title }) => title === 'Sales by month')?.id ?? '';
  await element.evaluate((embed, id) => embed.setAttribute('object-id', id), other);
  await words(page, 'Sales by month').waitFor({ state: 'attached', ...PATIENCE });
  expect(await page.locator('figure').count()).toBe(1);
  await element.evaluate((embed) => embed.remove());
  await expect.poll(() => tenant.engine.connections, PATIENCE).toBe(0);
});

async function titleColour(page: Page): Promise<string> {
  await ready(page);
  return page.locator('.qs-sheet-title').evaluate((title) => getComputedStyle(title).color);
}

test('follows the page’s colours: dark with a page that goes dark, light with one that does not', async () => {
  const both = await open(sheet(), { colorScheme: 'dark' });
  expect(await titleColour(both.page)).toBe('rgb(230, 233, 238)');
  const axis = both.page.locator('figure svg text').first();
  expect(await axis.evaluate((text) => getComputedStyle(text).fill)).not.toBe('rgb(84, 95, 110)');
  const light = await open(sheet(), { colorScheme: 'dark', colorSchemeOfPage: 'light' });
  expect(await titleColour(light.page)).toBe('rgb(28, 36, 48)');
});

test('fits a phone, one chart below the other, and reads well to a screen reader', async () => {
  const { page } = await open(sheet(), { viewport: { width: 360, height: 740 } });
  await ready(page);
  const boxes = await page
    .locator('figure')
    .evaluateAll((figures) => figures.map((figure) => figure.getBoundingClientRect().toJSON() as DOMRect));
  expect(new Set(boxes.map(({ left }) => left)).size).toBe(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const { violations } = await new AxeBuilder({ page }).include('.qs-embed').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
});
