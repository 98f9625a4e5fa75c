import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PUBLIC_URL, startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

const ALLOWED = [
  {},
  { 'Sec-Fetch-Site': 'same-origin' },
  { 'Sec-Fetch-Site': 'none' },
  { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
  { Origin: PUBLIC_URL },
];
const REFUSED = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'made-up' },
  { 'Sec-Fetch-Site': '' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: PUBLIC_URL },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: `${PUBLIC_URL}.evil.example` },
  { Origin: 'http://localhost:8080' },
  { Origin: PUBLIC_URL.replace('http:', 'https:') },
];

let portal: TestPortal;
let analyst: TestUser;
let cookie: string;
beforeAll(async () => {
  portal = await startPortal();
  analyst = await portal.addUser(await portal.addTenant());
  cookie = await portal.signIn(analyst);
});
afterAll(() => portal.close());

function login(headers: Record<string, string>) {
  const credentials = { email: analyst.account.email, password: analyst.password };
  return portal.request.post('/login').set(headers).send(credentials);
}

describe('a request that another site makes a browser send is refused [RFC 10017 6.2.3.3]', () => {
  test.each(REFUSED)('%j', async (headers) => {
    const signIn = await login(headers);
    expect([signIn.status, signIn.body]).toEqual([
      403,
      expect.objectContaining({ code: 'cross_site_request' }),
    ]);
    expect(signIn.get('Set-Cookie')).toBeUndefined();

    for (const request of [
      portal.request.get('/api/qlik-token'),
      portal.request.get('/API/qlik-token'),
      portal.request.get('/api/embed'),
      portal.request.post('/api/qlik-token').send({ rejected: '0d0c0b0a-0000-4000-8000-000000000000' }),
      portal.request.post('/logout'),
      portal.request.delete('/anything'),
    ]) {
      const answer = await request.set(headers).set('Cookie', cookie);
      expect([answer.status, answer.body]).toEqual([
        403,
        expect.objectContaining({ code: 'cross_site_request' }),
      ]);
    }
    // The refused sign-out has ended nothing.
    expect((await portal.request.get('/api/embed').set('Cookie', cookie)).status).toBe(200);
  });
});

describe('the portal itself and programs get through', () => {
  test.each(ALLOWED)('%j', async (headers) => {
    expect((await login(headers)).status).toBe(200);
    const answer = await portal.request.get('/api/qlik-token').set(headers).set('Cookie', cookie);
    expect(answer.status).toBe(200);
  });
});

test('following a link from another site to a page is no crime', async () => {
  for (const path of ['/', '/login', '/favicon.svg', '/healthz']) {
    const answer = await portal.request.get(path).set({ 'Sec-Fetch-Site': 'cross-site', Cookie: cookie });
    expect(answer.status).toBe(200);
  }
});

test('no answer lets another origin read it [RFC 10017 6.1.3.3.2]', async () => {
  const answer = await portal.request.options('/api/qlik-token').set({
    Origin: 'https://evil.example',
    'Access-Control-Request-Method': 'GET',
  });
  expect(answer.status).toBe(403);
  const names = Object.keys(answer.headers);
  expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
});
