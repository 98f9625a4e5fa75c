import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/tenant.ts';
import { sessionCookieOf, startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

let portal: TestPortal;
let acme: Tenant;
let analyst: TestUser;
beforeAll(async () => {
  portal = await startPortal();
  acme = await portal.addTenant();
  analyst = await portal.addUser(acme);
});
afterAll(() => portal.close());

describe('signing in', () => {
  test('with the form leads to the embed page, and the token is one request away', async () => {
    const browser = portal.browser();
    await browser
      .post('/login')
      .type('form')
      .send({ email: analyst.user.email, password: analyst.password })
      .expect(303)
      .expect('Location', '/');
    const page = await browser.get('/').expect(200).expect('Cache-Control', 'no-store');
    expect(page.text).toContain('<html');
    const token = await browser.get('/api/qlik-token').expect(200).expect('Cache-Control', 'no-store');
    expect(token.body).toEqual({
      access_token: portal.broker.values.at(-1),
      token_type: 'Bearer',
      expires_in: expect.closeTo(21_600, -1),
      expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
      scope: 'user_default',
      token_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      host: acme.host,
      client_id: `client-of-${acme.id}`,
    });
  });

  test('with JSON says who signed in', async () => {
    const answer = await portal.request
      .post('/login')
      .send({ email: analyst.user.email, password: analyst.password })
      .expect(200)
      .expect('Cache-Control', 'no-store');
    expect(answer.body).toEqual({
      user: { name: analyst.user.name, email: analyst.user.email },
      tenant: { id: acme.id, name: acme.name },
    });
    expect(sessionCookieOf(answer.get('Set-Cookie'))).toMatch(/^portal=s/);
  });
});
