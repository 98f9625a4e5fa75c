import { afterEach, describe, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../support/portal.ts';

const OVER_TLS = { PUBLIC_URL: 'https://portal.example.com' };
let portal: TestPortal;
afterEach(() => portal.close());

const start = async (env: Readonly<Record<string, string>>) => {
  portal = await startPortal({ env });
};

interface Said {
  readonly code: string;
  readonly cure: string;
}

/** What was said about the proxy so far. */
function said(): Said[] {
  return portal.logged
    .map((line) => JSON.parse(line) as Partial<Said>)
    .filter((line): line is Said => line.cure !== undefined);
}

const codes = () => said().map(({ code }) => code);

/** As a proxy hands it on. */
function forwarded(headers: Readonly<Record<string, string>> = {}) {
  return portal.request.get('/login').set({
    Host: 'portal.example.com',
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Proto': 'https',
    ...headers,
  });
}

describe('PUBLIC_URL and TRUST_PROXY', () => {
  test('that fit each other and what arrives are not worth a word', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    await forwarded();
    await forwarded({ 'X-Forwarded-For': '198.51.100.9, 203.0.113.7' });
    expect(said()).toEqual([]);
  });

  test('without a proxy, on this machine, are not worth a word', async () => {
    await start({ PUBLIC_URL: 'http://localhost:3000' });
    await portal.request.get('/login').set('Host', 'localhost:3000');
    expect(said()).toEqual([]);
  });

  test('https without a trusted proxy is said before anybody comes', async () => {
    await start(OVER_TLS);
    expect(said().map(({ cure }) => cure)).toEqual([expect.stringContaining('TRUST_PROXY')]);
    await forwarded();
    await forwarded();
    expect(codes()).toEqual(['proxy_not_configured', 'proxy_not_trusted']);
  });

  test.each([
    [
      'a proxy that is not trusted',
      { PUBLIC_URL: 'http://localhost:3000' },
      { Host: 'localhost:3000' },
      'proxy_not_trusted',
    ],
    [
      'http in front of https',
      { ...OVER_TLS, TRUST_PROXY: '1' },
      { 'X-Forwarded-Proto': 'http' },
      'proxy_scheme',
    ],
    ['another host', { ...OVER_TLS, TRUST_PROXY: '1' }, { Host: '10.0.0.5:3000' }, 'public_url_host'],
    ['fewer proxies than are counted', { ...OVER_TLS, TRUST_PROXY: '2' }, {}, 'proxy_count'],
  ])('%s is said once, with the cure', async (_what, env, headers, code) => {
    await start(env);
    for (let index = 0; index < 3; index += 1) await forwarded(headers);
    expect(codes()).toEqual([code]);
    expect(said()[0]?.cure.length).toBeGreaterThan(20);
  });

  test('a request around the proxy is said once, and probes are none', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    await portal.request.get('/healthz');
    await portal.request.get('/readyz');
    expect(said()).toEqual([]);
    for (let index = 0; index < 3; index += 1) {
      await portal.request.get('/login').set({ Host: 'portal.example.com', 'X-Forwarded-Proto': 'https' });
    }
    expect(codes()).toEqual(['proxy_missing']);
  });
});

describe('behind a proxy that ends TLS', () => {
  test('the cookie is Secure, whatever X-Forwarded-Proto says or does not say', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    const person = await portal.addUser(await portal.addTenant());
    for (const proto of ['https', 'http', '', 'gopher']) {
      const answer = await portal.request
        .post('/login')
        .set({ Host: 'portal.example.com', 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': proto })
        .send({ email: person.account.email, password: person.password });
      expect(answer.get('Set-Cookie')?.[0]).toMatch(/^__Host-portal=.*; Secure/);
    }
  });

  test('no forged header makes a cookie that http would carry, nor an address of another host', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    const answer = await forwarded({ 'X-Forwarded-Host': 'evil.example', Host: 'evil.example' });
    expect(JSON.stringify(answer.headers)).not.toContain('evil.example');
    expect(answer.text).not.toContain('evil.example');
  });

  test.each(['X-Real-IP', 'Forwarded', 'X-Client-IP', 'CF-Connecting-IP', 'True-Client-IP'])(
    'nobody dodges the limit of their address by %s',
    async (header) => {
      await start({ ...OVER_TLS, TRUST_PROXY: '1', SIGN_IN_ATTEMPTS_PER_ADDRESS: '3' });
      const statuses = [];
      for (let index = 0; index < 5; index += 1) {
        const answer = await portal.request
          .post('/login')
          .set({ Host: 'portal.example.com', 'X-Forwarded-For': `198.51.100.${index}, 203.0.113.7` })
          .set(header, header === 'Forwarded' ? `for=198.51.100.${index}` : `198.51.100.${index}`)
          .send({ email: `someone-${index}@acme.example`, password: 'wrong' });
        statuses.push(answer.status);
      }
      expect(statuses).toEqual([401, 401, 401, 429, 429]);
    },
  );
});
