import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { sessionCookieOf, startPortal, type TestPortal, type TestUser } from '../support/portal.ts';
import { signedCookie, statusWith } from '../support/session-cookies.ts';

let portal: TestPortal;
let acme: Tenant;
let analyst: TestUser;
beforeAll(async () => {
  portal = await startPortal();
  acme = await portal.addTenant();
  analyst = await portal.addUser(acme);
});
afterAll(() => portal.close());

describe('the cookie', () => {
  test('over http: HttpOnly, SameSite=Lax, for all paths, for this host only [RFC 10017 6.2.3.2]', async () => {
    const answer = await portal.request
      .post('/login')
      .send({ email: analyst.account.email, password: analyst.password });
    const [cookie] = answer.get('Set-Cookie')!;
    expect(cookie).toMatch(/^portal=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  });

  test('over https: Secure and __Host-, also where the proxy in front says nothing of https [RFC 10017 6.2.3.2]', async () => {
    const https = await startPortal({ env: { PUBLIC_URL: 'https://portal.example' } });
    const who = await https.addUser(await https.addTenant());
    const signedIn = await https.request
      .post('/login')
      .send({ email: who.account.email, password: who.password });
    const [cookie] = signedIn.get('Set-Cookie')!;
    expect(cookie).toMatch(
      /^__Host-portal=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(await statusWith(sessionCookieOf([cookie!]), https)).toBe(200);

    const signedOut = await https.request.post('/logout').set('Cookie', sessionCookieOf([cookie!]));
    expect(signedOut.get('Set-Cookie')![0]).toMatch(
      /^__Host-portal=; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    await https.close();
  });

  test('forged, damaged, foreign or empty is as good as none, and answers no differently [ASVS 7.2.1]', async () => {
    const good = await portal.signIn(analyst);
    const [id = '', signature = ''] = decodeURIComponent(good.slice('portal=s%3A'.length)).split('.');
    const forged = [
      `portal=s%3A${id}.${signature.slice(0, -2)}AA`,
      `portal=s%3A${id}`,
      `portal=${id}`,
      `portal=s%3A${id}.`,
      `portal=s%3A.${signature}`,
      `portal=s%3Aanother${id}.${encodeURIComponent(signature)}`,
      signedCookie(id, 'a secret of somebody else'),
      `portal=%E0%A4%A`,
      `portal=`,
      `portal=j%3A%7B%22principal%22%3A1%7D`,
      `__Host-${good}`,
      `=${good}`,
      `portal=${'x'.repeat(6000)}`,
    ];
    for (const cookie of forged) {
      const answer = await portal.request.get('/api/embed').set('Cookie', cookie);
      expect([cookie, answer.status, answer.get('Set-Cookie')]).toEqual([cookie, 401, undefined]);
      expect(answer.body).toHaveProperty('code', 'session_required');
    }
    expect(await statusWith(good, portal)).toBe(200);
  });

  test('sent twice is harmless: one of the two counts, never both and never another person', async () => {
    const colleague = await portal.addUser(acme);
    const [mine, theirs] = [await portal.signIn(analyst), await portal.signIn(colleague)];
    for (const [header, email] of [
      [`${mine}; ${theirs}`, analyst.account.email],
      [`${theirs}; ${mine}`, colleague.account.email],
      [`${mine}; portal=nonsense`, analyst.account.email],
    ] as const) {
      const answer = await portal.request.get('/api/embed').set('Cookie', header);
      expect(answer.body).toHaveProperty('user.email', email);
    }
    const answer = await portal.request.get('/api/embed').set('Cookie', `portal=nonsense; ${mine}`);
    expect(answer.status).toBe(401);
  });
});
