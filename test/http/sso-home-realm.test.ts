import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHostileProvider, type HostileProvider } from '../support/hostile-provider.ts';
import { PUBLIC_URL, startPortal, type TestPortal } from '../support/portal.ts';

/** From an e-mail to the provider of its company, without a list of companies for anybody to read. */
let provider: HostileProvider;
let portal: TestPortal;

const entry = (id: string, issuer: string, emailDomains: readonly string[]) => ({
  id,
  issuer,
  clientId: 'portal',
  clientSecret: 'a client secret of tests',
  tenant: id,
  emailDomains,
});

const env = (issuer: string) => ({
  INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
  SSO_PROVIDERS: JSON.stringify([
    entry('acme', issuer, ['acme.example', 'bücher.example']),
    entry('away', 'http://127.0.0.1:9', ['away.example']),
  ]),
});

beforeAll(async () => {
  provider = await startHostileProvider({ clientId: 'portal', secret: 'a client secret of tests' });
  portal = await startPortal({ env: env(provider.issuer) });
});
afterAll(async () => {
  await portal.close();
  await provider.close();
});

const ask = (email: string, at: TestPortal = portal) =>
  at.request.post('/login/sso').set('Accept', 'text/html').type('form').send({ email });

const open = (path: string) => portal.request.get(path).set('Accept', 'text/html');

describe('the form “Sign in with your company”', () => {
  test.each([
    'analyst@acme.example',
    ' Analyst@ACME.example ',
    'analyst@bücher.example',
    'a@xn--bcher-kva.example',
  ])('the domain of %s leads to its provider, by a page that works without scripts', async (email) => {
    const answer = await ask(email);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.text).toContain('<meta http-equiv="refresh" content="0; url=/login/sso/acme" />');
    expect(answer.text).toContain('href="/login/sso/acme"');
    expect(answer.text).not.toContain('<script');
  });

  test.each([
    'analyst@globex.example',
    'analyst@sub.acme.example',
    'analyst@notacme.example',
    'acme.example',
    'a@b@acme.example@globex.example',
    '"><script>@x.example',
  ])('the domain of %s leads to no provider', async (email) => {
    const answer = await ask(email);
    expect([answer.status, answer.headers['location']]).toEqual([303, '/login#sso_unknown']);
  });

  test('a form without an e-mail or from another site leads to no provider', async () => {
    expect((await ask('')).headers['location']).toBe('/login#sso_unknown');
    const foreign = await ask('analyst@acme.example').set('Origin', 'https://evil.example');
    expect(foreign.headers['location']).toBe('/login#cross_site_request');
    const own = await ask('analyst@acme.example').set('Origin', PUBLIC_URL);
    expect(own.status).toBe(200);
  });

  test('trying domains counts against the limit of the address and locks no account', async () => {
    const limited = await startPortal({
      env: { ...env(provider.issuer), SIGN_IN_ATTEMPTS_PER_ADDRESS: '3', SIGN_IN_ATTEMPTS_PER_ACCOUNT: '2' },
    });
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n += 1)
      seen.push((await ask('analyst@acme.example', limited)).headers['location']);
    expect(seen).toEqual([undefined, undefined, undefined, '/login#too_many_attempts']);
    await limited.close();
  });
});

describe('the sign-in page', () => {
  test('the sign-in page names no customer', async () => {
    const { text } = await portal.request.get('/login');
    expect(text).toContain('action="/login/sso"');
    expect(text).not.toMatch(/acme|away|127\.0\.0\.1/);
  });

  test('the sign-in page has no SSO form, and the SSO paths answer 404, where no provider is configured', async () => {
    const without = await startPortal();
    const page = await without.request.get('/login');
    expect(page.text).toContain('action="/login"');
    expect(page.text).not.toContain('sso');
    expect(page.headers['cache-control']).toBe('no-cache');
    expect(
      (await without.request.get('/login').set('If-None-Match', String(page.headers['etag']))).status,
    ).toBe(304);
    for (const path of ['/login/sso/acme', '/login/sso/acme/callback', '/login/signed-out']) {
      expect((await without.request.get(path)).status).toBe(404);
    }
    expect((await ask('analyst@acme.example', without)).status).toBe(404);
    await without.close();
  });
});

describe('a link to a provider', () => {
  test('a link to a provider leads there, and a link to an unknown provider to the sign-in page', async () => {
    const answer = await open('/login/sso/acme');
    expect([answer.status, new URL(String(answer.headers['location'])).origin]).toEqual([
      302,
      provider.issuer,
    ]);
    expect((await open('/login/sso/nobody')).headers['location']).toBe('/login#sso_unknown');
    expect((await open('/login/sso/__proto__')).headers['location']).toBe('/login#sso_unknown');
  });

  test('a link to an unreachable provider leads back with sso_unavailable, and the portal stays up', async () => {
    expect((await open('/login/sso/away')).headers['location']).toBe('/login#sso_unavailable');
    expect((await portal.request.get('/readyz')).status).toBe(200);
  });

  test('of a form only is no page', async () => {
    const answer = await portal.request.get('/login/sso');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});
