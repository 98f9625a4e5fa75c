import { afterEach, describe, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../support/portal.ts';

const OVER_TLS = { PUBLIC_URL: 'https://portal.example.com' };
let portal: TestPortal;
afterEach(() => portal.close());

const start = async (env: Readonly<Record<string, string>>) => {
  portal = await startPortal({ env });
};

interface Mismatch {
  readonly code: string;
  readonly cure: string;
}

/** The mismatches logged so far. */
function logged(): Mismatch[] {
  return portal.logged
    .map((line) => JSON.parse(line) as Partial<Mismatch>)
    .filter((line): line is Mismatch => line.cure !== undefined);
}

const codes = () => logged().map(({ code }) => code);

/** As a proxy forwards it. */
function forwarded(headers: Readonly<Record<string, string>> = {}) {
  return portal.request.get('/login').set({
    Host: 'portal.example.com',
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Proto': 'https',
    ...headers,
  });
}

describe('PUBLIC_URL and TRUST_PROXY', () => {
  test('a matching PUBLIC_URL and TRUST_PROXY log nothing', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    await forwarded();
    await forwarded({ 'X-Forwarded-For': '198.51.100.9, 203.0.113.7' });
    expect(logged()).toEqual([]);
  });

  test('a loopback PUBLIC_URL without a proxy logs nothing', async () => {
    await start({ PUBLIC_URL: 'http://localhost:3000' });
    await portal.request.get('/login').set('Host', 'localhost:3000');
    expect(logged()).toEqual([]);
  });

  test('an https PUBLIC_URL without TRUST_PROXY is logged at the start', async () => {
    await start(OVER_TLS);
    expect(logged().map(({ cure }) => cure)).toEqual([expect.stringContaining('TRUST_PROXY')]);
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
  ])('%s is logged once, with the cure', async (_what, env, headers, code) => {
    await start(env);
    for (let index = 0; index < 3; index += 1) await forwarded(headers);
    expect(codes()).toEqual([code]);
    expect(logged()[0]?.cure.length).toBeGreaterThan(20);
  });

  test('a request that bypasses the proxy is logged once, and probes are ignored', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    await portal.request.get('/healthz');
    await portal.request.get('/readyz');
    expect(logged()).toEqual([]);
    for (let index = 0; index < 3; index += 1) {
      await portal.request.get('/login').set({ Host: 'portal.example.com', 'X-Forwarded-Proto': 'https' });
    }
    expect(codes()).toEqual(['proxy_missing']);
  });
});

describe('behind a proxy that ends TLS', () => {
  test('the session cookie is Secure with any X-Forwarded-Proto or none', async () => {
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

  test('forged host headers never appear in an answer', async () => {
    await start({ ...OVER_TLS, TRUST_PROXY: '1' });
    const answer = await forwarded({ 'X-Forwarded-Host': 'evil.example', Host: 'evil.example' });
    expect(JSON.stringify(answer.headers)).not.toContain('evil.example');
    expect(answer.text).not.toContain('evil.example');
  });

  test.each(['X-Real-IP', 'Forwarded', 'X-Client-IP', 'CF-Connecting-IP', 'True-Client-IP'])(
    'the header %s does not evade the sign-in limit of an address',
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
