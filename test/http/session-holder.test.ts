import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';
import { statusWith } from '../support/session-cookies.ts';

let portal: TestPortal;
let acme: Tenant;
let analyst: TestUser;
beforeAll(async () => {
  portal = await startPortal();
  acme = await portal.addTenant();
  analyst = await portal.addUser(acme);
});
afterAll(() => portal.close());

describe('a session never reaches beyond its holder', () => {
  test('two people of two tenants each get their own page, host and token [ASVS 8.2.2]', async () => {
    const globex = await portal.addTenant();
    const other = await portal.addUser(globex);
    const cookies = await Promise.all([portal.signIn(analyst), portal.signIn(other)]);
    const answers = await Promise.all(
      cookies.map(async (cookie) => ({
        embed: await portal.request.get('/api/embed').set('Cookie', cookie),
        token: await portal.request.get('/api/qlik-token').set('Cookie', cookie),
        page: await portal.request.get('/').set('Cookie', cookie),
      })),
    );
    for (const [index, tenant] of [acme, globex].entries()) {
      const { embed, token, page } = answers[index]!;
      expect(embed.body).toHaveProperty('tenant.host', tenant.host);
      expect(token.body).toHaveProperty('host', tenant.host);
      expect(token.text).toContain(`-at-${tenant.id}-`);
      expect(page.get('Content-Security-Policy')).toContain(tenant.host);
      const stranger = index === 0 ? globex : acme;
      expect(embed.text + token.text + page.get('Content-Security-Policy')).not.toContain(stranger.id);
    }
  });

  test('an account that moves to another tenant has to sign in again', async () => {
    const who = await portal.addUser(acme);
    const cookie = await portal.signIn(who);
    const globex = await portal.addTenant();
    await portal.storage.accounts.save({ ...who.account, tenantId: globex.id });
    expect(await statusWith(cookie, portal)).toBe(401);
    await portal.storage.accounts.save(who.account);
    expect(await statusWith(cookie, portal)).toBe(401);
  });

  test.each([
    ['disabled', (who: TestUser) => portal.storage.accounts.save({ ...who.account, status: 'disabled' })],
    ['removed', (who: TestUser) => portal.storage.accounts.remove(who.account.id)],
  ])(
    'an account that is %s is refused from the next request on, permanently [ASVS 7.4.2]',
    async (_how, leave) => {
      const who = await portal.addUser(acme);
      const cookie = await portal.signIn(who);
      expect(await statusWith(cookie, portal)).toBe(200);
      await leave(who);
      const answer = await portal.request.get('/api/qlik-token').set('Cookie', cookie);
      expect(answer.status).toBe(401);
      expect(answer.body).toHaveProperty('code', 'session_required');
      await portal.storage.accounts.save(who.account);
      expect(await statusWith(cookie, portal)).toBe(401);
    },
  );

  test('a disabled tenant is answered by 403, and its sessions work again when it is enabled', async () => {
    const tenant = await portal.addTenant();
    const cookie = await portal.signIn(await portal.addUser(tenant));
    await portal.storage.tenants.save({ ...tenant, status: 'disabled' });
    for (const path of ['/api/embed', '/api/qlik-token']) {
      const answer = await portal.request.get(path).set('Cookie', cookie);
      expect([answer.status, answer.body]).toEqual([
        403,
        expect.objectContaining({ code: 'tenant_disabled' }),
      ]);
    }
    await portal.storage.tenants.save(tenant);
    expect(await statusWith(cookie, portal)).toBe(200);
  });

  test.each([
    ['half', { userId: undefined }],
    ['of another shape', { userId: { $ne: '' } }],
    ['of no account', { userId: 'admin' }],
    ['of no tenant', { tenantId: '../acme' }],
    ['from the future', { signedInAt: Infinity }],
    ['without a time', { signedInAt: null }],
  ])('a stored principal that is %s is not a sign-in', async (_how, damage) => {
    const cookie = await portal.signIn(analyst);
    const id = decodeURIComponent(cookie).slice('portal=s:'.length).split('.')[0]!;
    const { promise, resolve } = Promise.withResolvers<void>();
    portal.storage.sessions.get(id, (_error, found) => {
      const principal = { userId: analyst.account.id, tenantId: acme.id, signedInAt: Date.now(), ...damage };
      portal.storage.sessions.set(id, { ...found!, principal }, () => resolve());
    });
    await promise;
    expect(await statusWith(cookie, portal)).toBe(401);
  });
});
