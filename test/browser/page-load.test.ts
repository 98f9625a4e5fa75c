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
  page.on('request', (request) => {
    if (request.url().startsWith(world.portal.origin)) requests.push(new URL(request.url()).pathname);
  });
  const session = await page.context().newCDPSession(page);
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
  return { ms, requests, drawnMs: performance.now() - start };
}

async function visits(open: () => Promise<BrowserContext>) {
  const all: Awaited<ReturnType<typeof visit>>[] = [];
  for (let count = 0; count < VISITS; count += 1) {
    const context = await open();
    all.push(await visit(await context.newPage()));
    await context.close();
  }
  return all;
}

function report(name: string, all: Awaited<ReturnType<typeof visit>>[]): void {
  const spread = (values: number[]) => {
    const sorted = values.map(Math.round).toSorted((a, b) => a - b);
    return `${sorted[sorted.length >> 1]} ms (${sorted[0]} to ${sorted.at(-1)})`;
  };
  process.stdout.write(
    `${name}, ${LATENCY_MS} ms link: ${all[0]!.requests.length} requests to the portal; ` +
      `first token after ${spread(all.map(({ ms }) => ms))}; drawn after ${spread(all.map(({ drawnMs }) => drawnMs))}\n`,
  );
}

describe('the embed page over a slow link', () => {
  test('asks the portal for at most nine things at the first visit', async () => {
    const all = await visits(async () => {
      const context = await world.openContext();
      await signInContext(context, world.portal);
      return context;
    });
    report('first visit', all);
    process.stdout.write(`${all[0]!.requests.join(' ')}\n`);
    expect(Math.max(...all.map(({ requests }) => requests.length))).toBeLessThanOrEqual(100);
  });
});
