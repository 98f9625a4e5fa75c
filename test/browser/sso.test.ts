import { createServer } from 'node:http';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  startDemoIdentityProvider,
  type DemoIdentityProvider,
} from '../../scripts/demo/identity-provider.ts';
import { composeApp } from '../../src/compose/web.ts';
import { composePortal, type Portal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createLogger } from '../../src/logger.ts';
import { tenantOf } from '../contracts/storage-under-test.ts';
import { launchChromium } from '../support/chromium.ts';
import { complaintsOf } from '../support/portal-browser.ts';
import { SESSION_SECRET } from '../support/portal.ts';

/**
 * A real Chromium between the portal (127.0.0.1) and a company's provider (localhost): two sites, so that its rules for
 * cookies, forms and redirects between sites apply.
 */
let browser: Browser;
let portal: Portal;
let provider: DemoIdentityProvider;
let origin: string;
const server = createServer();

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  origin = `http://127.0.0.1:${address.port}`;
  const client = { clientId: 'portal', clientSecret: 'a client secret of tests' };
  provider = await startDemoIdentityProvider({
    port: 0,
    users: [{ subject: '1', name: 'Europe analyst', email: 'europe@acme.example' }],
    clients: [
      {
        ...client,
        redirectUri: `${origin}/login/sso/acme/callback`,
        postLogoutRedirectUri: `${origin}/login/signed-out`,
        backChannelLogoutUri: `${origin}/login/sso/acme/backchannel-logout`,
      },
    ],
  });
  const company = {
    id: 'acme',
    issuer: provider.issuer,
    tenant: 'acme',
    emailDomains: ['acme.example'],
    jit: true,
  };
  const config = parseConfig(
    {
      PUBLIC_URL: origin,
      SESSION_SECRET,
      ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      DATABASE_URL: 'file::memory:',
      INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
      SSO_PROVIDERS: JSON.stringify([{ ...company, ...client }]),
    },
    () => '',
  );
  portal = await composePortal(config, { log: createLogger('silent') });
  await portal.storage.migrate();
  // Not provisioned: what the page shows of Qlik is not the subject here.
  await portal.storage.tenants.save(tenantOf('acme', { host: 'http://127.0.0.1:9', impersonation: null }));
  server.on('request', composeApp(portal, new AbortController().signal));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await provider.close();
  server.closeAllConnections();
  server.close();
  await portal.close();
});

async function visitor({ javaScriptEnabled = true } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: origin, javaScriptEnabled });
  return context.newPage();
}

async function toCompany(page: Page): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Work e-mail').fill('europe@acme.example');
  await page.getByRole('button', { name: 'Continue to your company' }).click();
}

const choosePerson = (page: Page) => page.getByRole('button', { name: 'Europe analyst' }).click();

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('signing in with the company, %s', (_name, javaScriptEnabled) => {
  test('SSO signs in at provider and portal, and signs out of both', async () => {
    const page = await visitor({ javaScriptEnabled });
    const complaints = complaintsOf(page);
    await toCompany(page);
    await page.waitForURL(`${provider.issuer}/**`);
    await choosePerson(page);
    await page.waitForURL(`${origin}/`);
    const account = await page.request.get('/api/embed');
    expect(await account.json()).toMatchObject({ user: { name: 'Europe analyst' }, tenant: { id: 'acme' } });
    const cookies = await page.context().cookies(origin);
    expect(cookies.map(({ name }) => name)).toEqual(['portal']);
    // Of the sign-in; the page's own failures for want of a Qlik tenant come later.
    expect(complaints.filter((text) => /Content Security Policy|Cookie/i.test(text))).toEqual([]);

    if (!javaScriptEnabled) return;
    await page.getByRole('button', { name: /Sign out/ }).click();
    await page.waitForURL(`${provider.issuer}/**`);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(`${origin}/login#signed_out`);
    await page.goto('/');
    await page.waitForURL(`${origin}/login`);
  });

  test('a cancelled SSO sign-in is explained on the sign-in page', async () => {
    const page = await visitor({ javaScriptEnabled });
    await toCompany(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL(`${origin}/login#sso_cancelled`);
    expect(await page.getByText('You were not signed in.').isVisible()).toBe(true);
  });

  test('SSO of a company without a provider is explained on the sign-in page', async () => {
    const page = await visitor({ javaScriptEnabled });
    await page.goto('/login');
    await page.getByLabel('Work e-mail').fill('analyst@globex.example');
    await page.getByRole('button', { name: 'Continue to your company' }).click();
    await page.getByText('sign-in is not connected here').waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe('/login#sso_unknown');
  });
});

test('two tabs that sign in concurrently both end in the portal', async () => {
  const one = await visitor();
  const two = await one.context().newPage();
  await one.goto('/login/sso/acme');
  await two.goto('/login/sso/acme');
  for (const tab of [two, one]) {
    await choosePerson(tab);
    await tab.waitForURL(`${origin}/`);
    expect((await tab.request.get('/api/embed')).status()).toBe(200);
  }
});

test('every failure of single sign-on has its message on the sign-in page', async () => {
  const page = await visitor();
  for (const code of [
    'sso_unknown',
    'sso_failed',
    'sso_cancelled',
    'sso_expired',
    'sso_not_allowed',
    'sso_account_conflict',
    'sso_unavailable',
    'tenant_disabled',
    'too_many_attempts',
    'cross_site_request',
    'unavailable',
  ]) {
    await page.goto(`/login#${code}`);
    expect(await page.locator('.message:visible').evaluateAll((shown) => shown.map(({ id }) => id))).toEqual([
      code,
    ]);
  }
});
