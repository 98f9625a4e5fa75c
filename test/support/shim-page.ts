import type { BrowserContext, Page } from 'playwright-core';
import type { createQlikToken, QlikToken, QlikTokenOptions } from '../../public/js/qlik-token.js';

declare global {
  var create: typeof createQlikToken;
  var shim: QlikToken;
  /** Events of `shim` so far, in order. */
  var told: string[];
  /** ms by which the clocks of the page are off; the monotonic one stands still while the machine sleeps. */
  var clockOff: { wall: number; monotonic: number };
}

/** The context's one page, empty, at the portal's origin. */
export async function openBlankPage(context: BrowserContext): Promise<Page> {
  const [page = await context.newPage()] = context.pages();
  await page.route('**/blank', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Blank</title>' }),
  );
  await page.goto('/blank');
  return page;
}

/**
 * A page of the portal with the shim alone in it: no embed runtime calls it but the test.
 * Options are those that can travel into a page; its clocks are `clockOff` beside the real ones.
 */
export async function openShimPage(
  context: BrowserContext,
  options: Omit<QlikTokenOptions, 'clock' | 'fetch' | 'random'> = {},
) {
  const page = await openBlankPage(context);
  // As text: the test runner would turn an import() of its own into something no page knows.
  await page.evaluate(
    "import('/js/qlik-token.js').then(({ createQlikToken }) => { window.create = createQlikToken; })",
  );
  await page.evaluate((shimOptions) => {
    globalThis.clockOff = { wall: 0, monotonic: 0 };
    globalThis.told = [];
    globalThis.shim = globalThis.create({
      ...shimOptions,
      random: () => 0,
      clock: {
        wall: () => Date.now() + globalThis.clockOff.wall,
        monotonic: () => performance.now() + globalThis.clockOff.monotonic,
      },
    });
    for (const type of [
      'session-expired',
      'unavailable',
      'recovered',
      'person-changed',
      'signed-out',
    ] as const) {
      globalThis.shim.addEventListener(type, ({ detail }) => {
        globalThis.told.push(
          detail === null ? type : `${type} ${detail.code}${detail.retrying ? ' retrying' : ''}`,
        );
      });
    }
  }, options);
  return {
    page,
    /** What the runtime would get: as many calls at once, as many answers. */
    ask: (calls = 1) =>
      page.evaluate(
        (count) => Promise.all(Array.from({ length: count }, () => shim.getAccessToken())),
        calls,
      ),
    /** Events so far, in order. */
    told: () => page.evaluate(() => told),
    /** Waits for an event of that text. */
    async untilTold(text: string) {
      await page.waitForFunction((wanted) => told.includes(wanted), text);
    },
    /** The machine slept: the wall clock advanced, the monotonic one did not. */
    sleep: (ms: number) =>
      page.evaluate((slept) => {
        clockOff.wall += slept;
      }, ms),
    /** Somebody set the clock; time did not pass. */
    setClock: (ms: number) =>
      page.evaluate((by) => {
        clockOff.wall += by;
      }, ms),
    /** Time passes on both clocks. */
    pass: (ms: number) =>
      page.evaluate((passed) => {
        clockOff.wall += passed;
        clockOff.monotonic += passed;
      }, ms),
    /** The person looks at the page again. */
    look: () =>
      page.evaluate(() => {
        document.dispatchEvent(new Event('visibilitychange'));
      }),
  };
}
