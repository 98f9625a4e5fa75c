import type { RequestHandler } from 'express';
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PortalBrowser, signInContext, startPortalBrowser } from '../support/portal-browser.ts';
import { brokerFixture, requestOf } from '../support/broker-fixture.ts';
import { openBlankPage, openShimPage } from '../support/shim-page.ts';

const HOUR_MS = 3_600_000;
const TOKEN = '/api/qlik-token';

let world: PortalBrowser;
let context: BrowserContext;

beforeAll(async () => {
  world = await startPortalBrowser();
  context = await world.openContext();
  await signInContext(context, world.portal);
});
afterAll(() => world.close());
beforeEach(() => {
  world.portal.requests.length = 0;
});
afterEach(async () => {
  world.portal.faults.clear();
  world.portal.expireAll();
  // Ends what the page still does, so that it does not reach into the next test.
  await openBlankPage(context);
});

/** What reached the broker: `GET`, or `POST` for a report of a refused token. */
const requests = () => world.portal.requests.map(({ method }) => method);

describe('one request a token', () => {
  test('concurrent calls send one request and get one token', async () => {
    const shim = await openShimPage(context);
    const tokens = await shim.ask(20);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toContain('token-of-');
    expect(requests()).toEqual(['GET']);
  });

  test('the token is kept in memory and nowhere else [ASVS 14.3.3] [RFC 10017 6.2.4.1, 6.2.4.3.1]', async () => {
    const shim = await openShimPage(context);
    await shim.ask();
    const kept = await shim.page.evaluate(() =>
      JSON.stringify([localStorage, sessionStorage, document.cookie]),
    );
    expect(kept).not.toContain('token-of-');
  });
});

describe('a token that Qlik refuses', () => {
  test('the second call reports a refused token, and three concurrent elements cause one report', async () => {
    const shim = await openShimPage(context);
    const [first] = await shim.ask();
    const next = await shim.ask(3);
    expect(new Set(next).size).toBe(1);
    expect(next[0]).not.toBe(first);
    expect(requests()).toEqual(['GET', 'POST']);
    expect(world.portal.requests[1]?.rejected).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('elements whose requests fail a moment later still speak of the last token', async () => {
    const shim = await openShimPage(context);
    await shim.ask();
    const [second] = await shim.ask();
    // The runtime makes its calls one after the other, each once the one before is answered.
    expect(await shim.ask()).toEqual([second]);
    expect(await shim.ask()).toEqual([second]);
    expect(requests()).toEqual(['GET', 'POST']);
  });

  test('the successor of a refused token can be refused later as well', async () => {
    const shim = await openShimPage(context);
    await shim.ask();
    const [second] = await shim.ask();
    await shim.pass(10_000);
    expect(await shim.ask()).not.toEqual([second]);
    expect(requests()).toEqual(['GET', 'POST', 'POST']);
  });

  test('a portal that gives it out again is asked once more, not for ever, and the runtime gets none', async () => {
    const shim = await openShimPage(context, { timeoutMs: 300 });
    const [first] = await shim.ask();
    const answer = await shim.page.request.get(TOKEN);
    const same = await answer.body();
    world.portal.faults.set(`POST ${TOKEN}`, (_req, res) => {
      res.type('json').send(same);
    });
    expect(await shim.ask()).toEqual(['']);
    await shim.untilTold('unavailable qlik_token_refused retrying');
    world.portal.faults.clear();
    await shim.untilTold('recovered');
    const [second] = await shim.ask();
    expect(second).toContain('token-of-');
    expect(second).not.toBe(first);
  });

  test('the refused token is not handed out again while its report cannot be made', async () => {
    const shim = await openShimPage(context, { timeoutMs: 500 });
    const [first] = await shim.ask();
    world.portal.faults.set(TOKEN, (_req, res) => {
      res.status(502).json({ code: 'qlik_token_refused' });
    });
    expect(await shim.ask()).toEqual(['']);
    expect(await shim.ask()).toEqual(['']);
    world.portal.faults.clear();
    await shim.untilTold('recovered');
    expect(await shim.ask()).not.toEqual([first]);
    expect(requests()).toEqual(['GET', 'POST']);
  });
});

describe('the end of a token', () => {
  test('after a sleep it is replaced, and not taken for refused', async () => {
    const shim = await openShimPage(context);
    await shim.ask();
    await shim.sleep(7 * HOUR_MS);
    await shim.ask();
    expect(requests()).toEqual(['GET', 'GET']);
  });

  test('a clock that is years off changes nothing', async () => {
    const shim = await openShimPage(context);
    await shim.setClock(-5 * 365 * 24 * HOUR_MS);
    await shim.ask();
    await shim.pass(5 * HOUR_MS);
    await shim.look();
    await shim.ask();
    // Still good: so the second call of the runtime says that it was refused.
    expect(requests()).toEqual(['GET', 'POST']);
  });

  test('a clock that is set back does not lengthen its life', async () => {
    const shim = await openShimPage(context);
    await shim.ask();
    await shim.setClock(-24 * HOUR_MS);
    await shim.pass(7 * HOUR_MS);
    await shim.ask();
    expect(requests()).toEqual(['GET', 'GET']);
  });

  test('a failed renewal does not take away what still works', async () => {
    const shim = await openShimPage(context, { timeoutMs: 300 });
    world.portal.settings.lifeS = 20;
    const [first] = await shim.ask();
    world.portal.settings.lifeS = 21_600;
    world.portal.faults.set(TOKEN, problem(503, 'qlik_unavailable'));
    expect(await shim.ask()).toEqual([first]);
    await shim.untilTold('unavailable qlik_unavailable retrying');
    await shim.pass(20_000);
    expect(await shim.ask()).toEqual(['']);
  });

  test('the next one is there before the runtime asks when the person comes back', async () => {
    const shim = await openShimPage(context);
    const [first] = await shim.ask();
    await shim.sleep(7 * HOUR_MS);
    world.portal.expireAll();
    const renewed = shim.page.waitForResponse(`**${TOKEN}`);
    await shim.look();
    await renewed;
    const [second] = await shim.ask();
    expect(second).not.toBe(first);
    expect(requests()).toEqual(['GET', 'GET']);
  });
});

const BAD_ANSWERS: readonly (readonly [string, RequestHandler, string])[] = [
  [
    'an HTML page of a proxy',
    (_req, res) => void res.status(200).send('<html>Please sign in</html>'),
    'bad_answer retrying',
  ],
  [
    'a redirect to another site’s sign-in',
    (_req, res) => res.redirect('http://127.0.0.1:9/authorize'),
    'network retrying',
  ],
  ['an empty body', (_req, res) => void res.status(200).end(), 'bad_answer retrying'],
  ['empty JSON', (_req, res) => void res.json({}), 'bad_answer retrying'],
  ['JSON null', (_req, res) => void res.json(null), 'bad_answer retrying'],
  ['a list', (_req, res) => void res.json([]), 'bad_answer retrying'],
  [
    'a token that is no text',
    (_req, res) => void res.json({ ...GOOD, access_token: { a: 1 } }),
    'bad_answer retrying',
  ],
  ['a life of NaN', (_req, res) => void res.json({ ...GOOD, expires_in: 'soon' }), 'bad_answer retrying'],
  ['a negative life', (_req, res) => void res.json({ ...GOOD, expires_in: -1 }), 'bad_answer retrying'],
  ['no token_id', (_req, res) => void res.json({ ...GOOD, token_id: undefined }), 'bad_answer retrying'],
  ['half an answer', halfAnAnswer, 'network retrying'],
  ['a cut connection', (req) => void req.socket.destroy(), 'network retrying'],
  ['no answer at all', () => undefined, 'timeout retrying'],
  ['headers and then nothing', (_req, res) => res.status(200).flushHeaders(), 'timeout retrying'],
  ['500 without a body', (_req, res) => void res.status(500).end(), 'bad_answer retrying'],
  ['502 problem', problem(502, 'qlik_client_rejected'), 'qlik_client_rejected retrying'],
  ['503 problem', problem(503, 'qlik_unavailable'), 'qlik_unavailable retrying'],
  ['504 problem', problem(504, 'qlik_timeout'), 'qlik_timeout retrying'],
  ['403 problem', problem(403, 'qlik_user_disabled'), 'qlik_user_disabled'],
  ['409 problem', problem(409, 'qlik_user_not_linked'), 'qlik_user_not_linked'],
  ['a code named like a property of every object', problem(403, 'constructor'), 'constructor'],
];

const GOOD = {
  access_token: 'token',
  token_type: 'Bearer',
  expires_in: 3600,
  token_id: '5c0d3f1e-8a57-4a0c-9f43-0a7f5b9d2f11',
  host: 'http://127.0.0.1:9',
  client_id: 'c',
  sub: 's',
};

function problem(status: number, code: string): RequestHandler {
  return (_req, res) => {
    res
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ code, status, traceId: 'abc' }));
  };
}

function halfAnAnswer(...[req, res]: Parameters<RequestHandler>): void {
  res.setHeader('content-length', '1000').write('{"access_token":');
  setTimeout(() => req.socket.destroy(), 10);
}

describe('never throws, never hangs', () => {
  test.each(BAD_ANSWERS)('%s: an empty token, and the person is told', async (_name, fault, told) => {
    const hangs = told.startsWith('timeout');
    const shim = await openShimPage(context, { timeoutMs: 300, ...(hangs ? { attemptTimeoutMs: 200 } : {}) });
    const complaints: string[] = [];
    shim.page.on('pageerror', (error) => complaints.push(error.message));
    world.portal.faults.set(TOKEN, fault);
    expect(await shim.ask(2)).toEqual(['', '']);
    await shim.untilTold(`unavailable ${told}`);
    expect(await shim.page.locator('qlik-token-banner').getByRole('alert').innerText()).not.toBe('');
    // A page that has met it is not poisoned, and recovers by itself unless a person has to act first.
    world.portal.faults.clear();
    if (!told.endsWith('retrying')) await shim.page.getByRole('button', { name: 'Try again' }).click();
    await shim.untilTold('recovered');
    expect((await shim.ask())[0]).toContain('token-of-');
    expect(await shim.page.locator('qlik-token-banner').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('a fetch that throws, a clock that throws: still no exception', async () => {
    const shim = await openShimPage(context);
    const tokens = await shim.page.evaluate(async () => {
      // decodeURIComponent('%') throws.
      return Promise.all([
        create({ fetch: () => fetch(decodeURIComponent('%')), timeoutMs: 200 }).getAccessToken(),
        create({
          clock: { wall: () => decodeURIComponent('%').length, monotonic: () => 0 },
        }).getAccessToken(),
      ]);
    });
    expect(tokens).toEqual(['', '']);
  });

  test('a browser that lets nothing be made: still no exception, and the next call tries again', async () => {
    const page = await openBlankPage(context);
    await page.evaluate("import('/js/qlik-token.js').then(() => undefined)");
    const tokens = await page.evaluate(async () => {
      const Channel = globalThis.BroadcastChannel;
      globalThis.BroadcastChannel = class extends Channel {
        constructor() {
          super(decodeURIComponent('%'));
        }
      };
      const without = await globalThis.getQlikAccessToken?.();
      globalThis.BroadcastChannel = Channel;
      return [without, await globalThis.getQlikAccessToken?.()];
    });
    expect(tokens).toEqual(['', expect.stringContaining('token-of-')]);
  });

  test('a page that has closed it hears no more of it', async () => {
    const shim = await openShimPage(context);
    const held = Promise.withResolvers<void>();
    let asked = 0;
    world.portal.faults.set(TOKEN, async (_req, res) => {
      asked += 1;
      await held.promise;
      res.status(403).json({ code: 'qlik_user_disabled' });
    });
    const answer = shim.ask();
    await expect.poll(() => asked).toBe(1);
    await shim.page.evaluate(() => globalThis.shim.close());
    held.resolve();
    expect(await answer).toEqual(['']);
    await shim.page.evaluate(() => {
      globalThis.shim.retry();
      globalThis.shim.signedIn();
    });
    expect(await shim.ask()).toEqual(['']);
    expect(await shim.told()).toEqual([]);
    expect(await shim.page.locator('qlik-token-banner').count()).toBe(0);
    expect(asked).toBe(1);
  });

  test('a request may take longer than the portal lets people wait, so that its own answer comes first', async () => {
    const tokenWorld = brokerFixture();
    tokenWorld.answer = () => new Promise(() => {});
    const { broker, time } = tokenWorld;
    const start = time.now();
    await time.until(broker.get(requestOf('u')).catch(() => {}));
    const patienceMs = time.now() - start;
    const page = await openBlankPage(context);
    const options: { attemptTimeoutMs: number; timeoutMs: number } = await page.evaluate(
      "import('/js/token/options.js').then(({ withDefaults }) => JSON.parse(JSON.stringify(withDefaults())))",
    );
    expect(options.attemptTimeoutMs).toBeGreaterThan(patienceMs);
    expect(options.timeoutMs).toBeGreaterThan(options.attemptTimeoutMs);
  });

  test('one short failure is retried without a banner', async () => {
    const shim = await openShimPage(context);
    let failures = 0;
    world.portal.faults.set(TOKEN, (_req, res, next) => {
      failures += 1;
      if (failures === 1) res.status(504).json({ code: 'qlik_timeout' });
      else next();
    });
    expect((await shim.ask())[0]).toContain('token-of-');
    expect(await shim.told()).toEqual([]);
  });
});

describe('waiting', () => {
  test('Retry-After is kept: said immediately, tried again by itself, not before', async () => {
    const own = await world.openContext();
    await signInContext(own, world.portal);
    await own.clock.install();
    const shim = await openShimPage(own, { timeoutMs: 300 });
    let rejected = 0;
    world.portal.faults.set(TOKEN, (_req, res) => {
      rejected += 1;
      res.status(503).set('Retry-After', '20').json({ code: 'qlik_rate_limited' });
    });
    const answer = shim.ask();
    await shim.untilTold('unavailable qlik_rate_limited retrying');
    await own.clock.runFor(300);
    expect(await answer).toEqual(['']);
    // While it retries by itself, the runtime's further calls neither wait nor ask.
    expect(await shim.ask(3)).toEqual(['', '', '']);
    world.portal.faults.clear();
    await own.clock.runFor(19_000);
    expect(rejected).toBe(1);
    expect(requests()).toEqual([]);
    await own.clock.runFor(2_000);
    await shim.untilTold('recovered');
    expect(requests()).toEqual(['GET']);
    await own.close();
  });

  test('a call that waits through a short Retry-After gets its token', async () => {
    const own = await world.openContext();
    await signInContext(own, world.portal);
    await own.clock.install();
    const shim = await openShimPage(own);
    let rejected = 0;
    world.portal.faults.set(TOKEN, (_req, res, next) => {
      rejected += 1;
      if (rejected === 1) res.status(503).set('Retry-After', '5').json({ code: 'qlik_rate_limited' });
      else next();
    });
    const answer = shim.ask();
    await shim.untilTold('unavailable qlik_rate_limited retrying');
    await own.clock.runFor(6_000);
    expect((await answer)[0]).toContain('token-of-');
    await own.close();
  });

  test.each([
    ['the person looks at the page again', 'visibilitychange'],
    ['the network is back', 'online'],
    ['the page comes out of the browser’s memory', 'pageshow'],
  ])('a long wait ends when %s', async (_name, event) => {
    const shim = await openShimPage(context, { timeoutMs: 200 });
    world.portal.faults.set(TOKEN, (_req, res) => {
      res.status(503).set('Retry-After', '300').json({ code: 'qlik_unavailable' });
    });
    expect(await shim.ask()).toEqual(['']);
    world.portal.faults.clear();
    await shim.page.evaluate((type) => {
      (type === 'visibilitychange' ? document : window).dispatchEvent(new Event(type));
    }, event);
    await shim.untilTold('recovered');
    expect(requests()).toEqual(['GET']);
  });

  test('a long wait ends when the person presses Try again', async () => {
    const shim = await openShimPage(context, { timeoutMs: 200 });
    world.portal.faults.set(TOKEN, (_req, res) => {
      res.status(503).set('Retry-After', '300').json({ code: 'qlik_unavailable' });
    });
    await shim.ask();
    world.portal.faults.clear();
    await shim.page.getByRole('button', { name: 'Try again' }).click();
    await shim.untilTold('recovered');
    expect(await shim.page.locator('qlik-token-banner').count()).toBe(0);
  });

  test('a wait that the machine slept through is over', async () => {
    const shim = await openShimPage(context, { timeoutMs: 200 });
    world.portal.faults.set(TOKEN, (_req, res) => {
      res.status(503).set('Retry-After', '300').json({ code: 'qlik_unavailable' });
    });
    await shim.ask();
    world.portal.faults.clear();
    await shim.sleep(300_500);
    await shim.untilTold('recovered');
    expect(requests()).toEqual(['GET']);
  });

  test('a page that prevents the default shows its own notice instead of ours', async () => {
    const shim = await openShimPage(context, { timeoutMs: 200 });
    await shim.page.evaluate(() => {
      globalThis.shim.addEventListener('unavailable', (event) => event.preventDefault());
    });
    world.portal.faults.set(TOKEN, problem(403, 'qlik_user_disabled'));
    await shim.ask();
    expect(await shim.told()).toEqual(['unavailable qlik_user_disabled']);
    expect(await shim.page.locator('qlik-token-banner').count()).toBe(0);
  });

  test('a closed client has no timers, sends no requests, and gives an empty token', async () => {
    const shim = await openShimPage(context);
    await shim.ask();
    await shim.page.evaluate(() => globalThis.shim.close());
    await shim.sleep(7 * HOUR_MS);
    await shim.look();
    expect(await shim.ask()).toEqual(['']);
    expect(requests()).toEqual(['GET']);
  });
});
