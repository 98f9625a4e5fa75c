import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawn, type PortalBrowser, signInContext, startPortalBrowser } from '../support/portal-browser.ts';

/** ms that each answer takes longer: a person far away, or on a phone. */
const LATENCY_MS = 150;
const VISITS = 5;

let world: PortalBrowser;

beforeAll(async () => {
  world = await startPortalBrowser();
});
afterAll(() => world.close());

/** Opens the embed page over a slow link: requests to the portal, and ms, until the first token has come. */
async function visit(page: Page) {
  const requests: string[] = [];
  const fromCache: string[] = [];
  const session = await page.context().newCDPSession(page);
  const paths = new Map<string, string>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.startsWith(world.portal.origin)) return;
    paths.set(requestId, new URL(request.url).pathname);
    requests.push(new URL(request.url).pathname);
  });
  session.on('Network.requestServedFromCache', ({ requestId }) => {
    fromCache.push(paths.get(requestId) ?? '');
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.fromDiskCache === true) fromCache.push(paths.get(requestId) ?? '');
  });
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: -1,
    uploadThroughput: -1,
  });
  const token = page.waitForResponse('**/api/qlik-token');
  const start = performance.now();
  await page.goto('/', { waitUntil: 'commit' });
  await token;
  const ms = performance.now() - start;
  await drawn(page);
  return { ms, requests, fromCache, drawnMs: performance.now() - start };
}

async function visits(open: () => Promise<BrowserContext>, { close = true } = {}) {
  const all: Awaited<ReturnType<typeof visit>>[] = [];
  for (let count = 0; count < VISITS; count += 1) {
    const context = await open();
    const page = await context.newPage();
    all.push(await visit(page));
    await (close ? context : page).close();
  }
  return all;
}

function spread(values: number[]): string {
  const sorted = values.map(Math.round).toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]} ms (${sorted[0]} to ${sorted.at(-1)})`;
}

function report(name: string, all: Awaited<ReturnType<typeof visit>>[]): void {
  process.stdout.write(
    `${name}, ${LATENCY_MS} ms link: ${all[0]!.requests.length} requests to the portal; ` +
      `first token after ${spread(all.map(({ ms }) => ms))}; drawn after ${spread(all.map(({ drawnMs }) => drawnMs))}\n`,
  );
}

describe('the embed page over a slow link', () => {
  test('the embed page loads its parts in one round, then its content and the token', async () => {
    const all = await visits(async () => {
      const context = await world.openContext();
      await signInContext(context, world.portal);
      return context;
    });
    report('first visit', all);
    for (const { requests } of all) {
      const [page, ...parts] = requests.filter((path) => path !== '/favicon.svg');
      expect(page).toBe('/');
      const round = parts.slice(0, 3).map((path) => path.replace(/-[A-Z0-9]{8}/, ''));
      expect(round.toSorted()).toEqual([
        '/assets/embed.css',
        '/assets/embed.js',
        '/vendor/qlik-embed-web-components.js',
      ]);
      expect(parts.slice(3)).toEqual(['/api/embed', '/api/qlik-token']);
    }
  });

  test('a reload of the embed page does not request cached scripts and styles again', async () => {
    const context = await world.openContext();
    await signInContext(context, world.portal);
    await visit(await context.newPage());
    const all = await visits(async () => context, { close: false });
    report('next visit', all);
    for (const { requests, fromCache } of all) {
      const assets = requests.filter((path) => path.startsWith('/assets/'));
      expect(assets).toHaveLength(2);
      expect(fromCache).toEqual(expect.arrayContaining(assets));
    }
    await context.close();
  });
});
