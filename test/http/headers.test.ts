import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../support/portal.ts';

let portal: TestPortal;
beforeAll(async () => void (portal = await startPortal()));
afterAll(() => portal.close());

/** A policy as a map, to be compared whatever the order. */
function policyOf(header: string | undefined): Record<string, string[]> {
  const directives = (header ?? '').split(';').map((directive) => directive.trim().split(/ +/));
  return Object.fromEntries(directives.map(([name = '', ...values]) => [name, values]));
}

async function embedPage(host: string, at: TestPortal = portal) {
  const who = await at.addUser(await at.addTenant({ host }));
  return at.request.get('/').set('Cookie', await at.signIn(who));
}

const FENCE = {
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'object-src': ["'none'"],
};

describe('the content security policy', () => {
  test.each(['/login', '/api/embed', '/nowhere', '/healthz'])(
    'the policy of %s names no tenant',
    async (path) => {
      const answer = await portal.request.get(path);
      expect(policyOf(answer.get('Content-Security-Policy'))).toEqual({
        ...FENCE,
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'connect-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
      });
    },
  );

  test('the policy of the embed page allows the tenant of the signed-in person and no other [ASVS 8.4.1, 14.2.3] [RFC 10017 5]', async () => {
    const answer = await embedPage('https://acme.eu.qlikcloud.com');
    const policy = policyOf(answer.get('Content-Security-Policy'));
    expect(policy).toMatchObject({
      ...FENCE,
      'default-src': ["'none'"],
      'script-src': ["'self'", 'https://acme.eu.qlikcloud.com', 'https://cdn.qlikcloud.com'],
      'connect-src': [
        "'self'",
        'https://acme.eu.qlikcloud.com',
        'wss://acme.eu.qlikcloud.com',
        'https://cdn.qlikcloud.com',
      ],
      'frame-src': ['https://acme.eu.qlikcloud.com'],
      'worker-src': ['blob:'],
    });
    expect(policy['script-src']).not.toContain("'unsafe-inline'");
    expect(JSON.stringify(policy)).not.toMatch(/unsafe-eval|\*/);
    expect(answer.get('Content-Security-Policy-Report-Only')).toBeUndefined();
  });

  test('the policy of a sandbox tenant allows no other host and no inline style elements', async () => {
    const policy = policyOf((await embedPage('http://127.0.0.1:4001')).get('Content-Security-Policy'));
    expect(policy).toMatchObject({
      ...FENCE,
      'script-src': ["'self'", 'http://127.0.0.1:4001'],
      'connect-src': ["'self'", 'http://127.0.0.1:4001', 'ws://127.0.0.1:4001'],
      'style-src': ["'self'"],
    });
    expect(policy['style-src-elem']).not.toContain("'unsafe-inline'");
    expect(JSON.stringify(policy)).not.toContain('qlikcloud');
  });

  test('CSP_REPORT_ONLY reports the policy and enforces the part that no embed needs', async () => {
    const trial = await startPortal({ env: { CSP_REPORT_ONLY: 'true' } });
    const answer = await embedPage('https://acme.eu.qlikcloud.com', trial);
    expect(policyOf(answer.get('Content-Security-Policy'))).toEqual(FENCE);
    expect(policyOf(answer.get('Content-Security-Policy-Report-Only'))).toMatchObject({
      'script-src': ["'self'", 'https://acme.eu.qlikcloud.com', 'https://cdn.qlikcloud.com'],
    });
    // Elsewhere there is nothing to try.
    const login = await trial.request.get('/login');
    expect(policyOf(login.get('Content-Security-Policy'))).toHaveProperty('default-src', ["'none'"]);
    await trial.close();
  });
});

test('every answer carries the security headers', async () => {
  for (const path of ['/login', '/api/embed', '/css/base.css', '/nowhere', '/readyz']) {
    const answer = await portal.request.get(path);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  }
});

test('HSTS is sent where PUBLIC_URL is https, and nowhere else', async () => {
  const https = await startPortal({ env: { PUBLIC_URL: 'https://portal.example' } });
  expect((await https.request.get('/login')).get('Strict-Transport-Security')).toBe('max-age=31536000');
  expect((await portal.request.get('/login')).get('Strict-Transport-Security')).toBeUndefined();
  await https.close();
});

describe('nothing about a person is kept by browsers or proxies [ASVS 14.2.2, 14.3.2]', () => {
  test.each(['/', '/api/embed', '/api/qlik-token'])('%s is never cached, signed in or not', async (path) => {
    const cookie = await portal.signIn(await portal.addUser(await portal.addTenant()));
    for (const header of [cookie, '']) {
      const answer = await portal.request.get(path).set('Cookie', header);
      expect(answer.get('Cache-Control')).toBe('no-store');
      expect(answer.get('ETag')).toBeUndefined();
      expect(answer.get('Last-Modified')).toBeUndefined();
    }
  });
});

describe('static files', () => {
  test.each([
    ['/login', 'text/html; charset=utf-8'],
    ['/css/base.css', 'text/css; charset=utf-8'],
    ['/js/qlik-token.js', 'text/javascript; charset=utf-8'],
    ['/favicon.svg', 'image/svg+xml'],
    ['/vendor/qlik-embed-web-components.js', 'text/javascript; charset=utf-8'],
  ])('%s is revalidated by ETag at each use', async (path, type) => {
    const first = await portal.request.get(path);
    expect([first.status, first.get('Content-Type')]).toEqual([200, type]);
    expect(first.get('Cache-Control')).toBe('no-cache');
    expect(first.get('Set-Cookie')).toBeUndefined();
    const second = await portal.request.get(path).set('If-None-Match', first.get('ETag')!);
    expect(second.status).toBe(304);
    const head = await portal.request.head(path);
    expect([head.status, head.get('Content-Length')]).toEqual([200, first.get('Content-Length')]);
  });

  test("the web component is Qlik's own, from its package [RFC 10017 5]", async () => {
    const answer = await portal.request.get('/vendor/qlik-embed-web-components.js');
    expect(answer.text).toContain('qlik-embed');
    expect(answer.text.length).toBeGreaterThan(10_000);
  });

  test('/favicon.ico, which browsers ask for by themselves, leads to the picture', async () => {
    const answer = await portal.request.get('/favicon.ico');
    expect([answer.status, answer.get('Location')]).toEqual([308, '/favicon.svg']);
  });
});
