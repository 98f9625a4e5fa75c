import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startHostileProvider, type HostileProvider, type Tampering } from '../support/hostile-provider.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

const CLIENT = { clientId: 'portal', secret: 'a client secret of tests' };
const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

let acme: HostileProvider;
let globex: HostileProvider;
let portal: TestPortal;
/** Whose Qlik tokens were taken back. */
const revoked: string[] = [];

beforeAll(async () => {
  [acme, globex] = await Promise.all([startHostileProvider(CLIENT), startHostileProvider(CLIENT)]);
  const entry = (id: string, { issuer }: HostileProvider) => ({
    id,
    issuer,
    clientId: CLIENT.clientId,
    clientSecret: CLIENT.secret,
    tenant: id,
    emailDomains: [`${id}.example`],
    jit: true,
  });
  portal = await startPortal({
    replace: ({ tokenRevoker }) => ({
      tokenRevoker: {
        ...tokenRevoker,
        revokeAll(account) {
          revoked.push(account.email);
          return tokenRevoker.revokeAll(account);
        },
      },
    }),
    env: {
      INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
      SSO_PROVIDERS: JSON.stringify([entry('acme', acme), entry('globex', globex)]),
    },
  });
  await portal.addTenant({ id: 'acme' });
  await portal.addTenant({ id: 'globex' });
});
afterAll(async () => {
  await portal.close();
  await Promise.all([acme.close(), globex.close()]);
});
beforeEach(() => {
  for (const name of Object.keys(acme.tampering)) Reflect.deleteProperty(acme.tampering, name);
});

/** Signs in at acme as the person and in the session of the provider that are given. */
async function signIn(claims: { sub?: string; sid: string | undefined }) {
  acme.tampering.claims = { email: undefined, ...claims };
  const browser = portal.browser();
  const { headers } = await browser.get('/login/sso/acme');
  const query = acme.approve(String(headers['location']));
  const answer = await browser.get(`/login/sso/acme/callback${query}`);
  expect(answer.headers['location']).toBe('/');
  return async () => (await browser.get('/api/embed')).status;
}

async function logOut(token: string, at = 'acme') {
  portal.hide(token);
  return await portal.request
    .post(`/login/sso/${at}/backchannel-logout`)
    .type('form')
    .send({ logout_token: token });
}

describe('back-channel logout', () => {
  test('a logout token with a sid ends that session', async () => {
    const [one, two] = [await signIn({ sid: 'one' }), await signIn({ sid: 'two' })];
    const answer = await logOut(await acme.token({ sub: undefined, sid: 'one', jti: '1', events: event }));
    expect(answer.status).toBe(200);
    expect([await one(), await two()]).toEqual([401, 200]);
  });

  test('a logout token with a sid revokes the Qlik token of the session’s owner', async () => {
    await signIn({ sub: 'person-3', sid: 'of-three' });
    revoked.length = 0;
    await logOut(await acme.token({ sub: undefined, sid: 'of-three', jti: '8', events: event }));
    const [left] = await portal.storage.audit.read({ action: 'sign-out', limit: 1 });
    const owner = (await portal.storage.accounts.list()).find(({ id }) => id === left?.userId);
    expect(revoked).toEqual([owner?.email]);
    expect(left).toMatchObject({ actor: 'sso:acme', tenantId: 'acme', detail: { sessions: 1 } });
  });

  test('a logout token with a sub ends all sessions of that person and no others', async () => {
    const mine = [await signIn({ sid: 'three' }), await signIn({ sid: undefined })];
    const theirs = await signIn({ sub: 'person-2', sid: 'four' });
    await logOut(await acme.token({ jti: '2', events: event }));
    expect(await Promise.all(mine.map((status) => status()))).toEqual([401, 401]);
    expect(await theirs()).toBe(200);
  });

  test('a replayed logout token ends no session that began later [ASVS 10.5.5]', async () => {
    const token = await acme.token({ jti: '3', iat: ago(60), exp: ago(-60), events: event });
    const later = await signIn({ sid: 'five' });
    expect((await logOut(token)).status).toBe(200);
    expect((await logOut(token)).status).toBe(200);
    expect(await later()).toBe(200);
  });

  test('a logout token about an unknown person does nothing', async () => {
    const status = await signIn({ sid: 'six' });
    expect((await logOut(await acme.token({ sub: 'nobody', jti: '4', events: event }))).status).toBe(200);
    expect(await status()).toBe(200);
  });
});

describe('back-channel logout refuses forgeries', () => {
  const forgeries: readonly (readonly [string, () => Tampering, object])[] = [
    ["a stranger's signature", () => ({ signing: { by: 'stranger' } }), {}],
    ['no signature', () => ({ signing: { by: 'nobody' } }), {}],
    ['the client secret for a key', () => ({ signing: { by: 'HS256', secret: CLIENT.secret } }), {}],
    ['the issuer of another provider', () => ({}), { iss: 'https://login.globex.example' }],
    ['another client for its audience', () => ({}), { aud: 'another' }],
    ['the nonce of an ID token', () => ({}), { nonce: 'n' }],
    ['no event', () => ({}), { events: undefined }],
  ];
  test.each(forgeries)('a logout token with %s ends no session', async (_name, tampering, claims) => {
    const status = await signIn({ sid: 'seven' });
    Object.assign(acme.tampering, tampering());
    const answer = await logOut(await acme.token({ sid: 'seven', jti: '5', events: event, ...claims }));
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'invalid_request']);
    expect(await status()).toBe(200);
  });

  test('a logout token of another provider ends no session at either address', async () => {
    const status = await signIn({ sid: 'eight' });
    const token = await globex.token({ sid: 'eight', jti: '6', events: event });
    expect((await logOut(token, 'globex')).status).toBe(200);
    expect((await logOut(token, 'acme')).status).toBe(400);
    expect(await status()).toBe(200);
  });

  test('a back-channel logout from a page of another site is refused', async () => {
    const status = await signIn({ sid: 'nine' });
    const token = await acme.token({ sid: 'nine', jti: '7', events: event });
    const answer = await portal.request
      .post('/login/sso/acme/backchannel-logout')
      .set('Origin', 'https://evil.example')
      .type('form')
      .send({ logout_token: token });
    expect(answer.status).toBe(403);
    expect(await status()).toBe(200);
  });

  test('a back-channel logout at an unknown provider is answered by 404', async () => {
    expect((await logOut('a.b.c', 'nobody')).status).toBe(404);
  });
});
