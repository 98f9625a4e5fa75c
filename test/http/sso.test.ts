import { generateKeyPairSync } from 'node:crypto';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { startCompany, type Company } from '../support/identity-provider.ts';
import { PUBLIC_URL, sessionCookieOf, startPortal, type TestPortal } from '../support/portal.ts';

const ANALYST = {
  subject: 'acme-1',
  name: 'Europe analyst',
  email: 'europe@acme.example',
  groups: ['analysts', 'europe'],
};
const MEMBER = { subject: 's-1', name: 'Of acme', email: 'one@shared.example', organisation: 'acme.example' };
const key = generateKeyPairSync('rsa', { modulusLength: 2048 });

let portal: TestPortal;
let acme: Company;
let globex: Company;
/** One provider that serves several tenants, and proves nothing but what a claim says. */
let shared: Company;
let tenants: Record<'acme' | 'globex', Tenant>;

beforeAll(async () => {
  acme = await startCompany({
    id: 'acme',
    people: [
      ANALYST,
      { subject: 'acme-2', name: 'No mail' },
      { subject: 'acme-3', name: 'Unverified', email: 'unverified@acme.example', emailVerified: false },
      { subject: 'acme-4', name: 'Foreign', email: 'chief@globex.example' },
      { subject: 'acme-5', name: 'Taken', email: 'taken@acme.example' },
      { subject: 'acme-6', name: 'Disabled', email: 'disabled@acme.example' },
      { subject: 'acme-7', name: 'Twin', email: 'twin@acme.example' },
      { subject: 'acme-8', name: 'Linked', email: 'linked-at-acme@acme.example' },
      { subject: 'acme-9', name: 'Leaver', email: 'leaver@acme.example' },
      {
        subject: 'acme-10',
        name: '  \u202eodd\u0000 name ',
        email: 'odd@acme.example',
        groups: ['Admins', 'europe', 'europe', '', 'Analysts', '__proto__'],
      },
    ],
  });
  globex = await startCompany({
    id: 'globex',
    // The same `sub` as a person of acme.
    people: [{ subject: 'acme-1', name: 'Globex analyst', email: 'analyst@globex.example' }],
    client: {
      metadata: {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'RS256',
        jwks: { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k', use: 'sig', alg: 'RS256' }] },
      },
    },
    configuration: {
      clientSecret: undefined,
      privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      privateKeyId: 'k',
      privateKeyAlgorithm: 'RS256',
      jit: false,
      endProviderSession: false,
    },
  });
  shared = await startCompany({
    id: 'shared',
    people: [
      MEMBER,
      { subject: 's-2', name: 'Without tenant', email: 'two@shared.example' },
      { subject: 's-3', name: 'Of another', email: 'three@shared.example', organisation: 'initech' },
    ],
    configuration: {
      tenant: undefined,
      tenantClaim: 'organisation',
      tenants: { 'acme.example': 'acme', 'globex.example': 'globex' },
    },
  });
  portal = await startPortal({
    env: {
      INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
      SSO_PROVIDERS: JSON.stringify([acme, globex, shared].map(({ configuration }) => configuration)),
    },
  });
  tenants = {
    acme: await portal.addTenant({ id: 'acme' }),
    globex: await portal.addTenant({ id: 'globex' }),
  };
  await portal.addTenant({ id: 'initech' });
  for (const company of [acme, globex, shared]) {
    company.reaches(portal.url);
    portal.hide(company.secret);
    for (const { email } of company.staff) if (email !== undefined) portal.hide(email);
  }
});
afterAll(async () => {
  await portal.close();
  await Promise.all([acme, globex, shared].map((company) => company.close()));
});

type Browser = ReturnType<TestPortal['browser']>;
let browser: Browser;
beforeEach(() => {
  browser = portal.browser();
});

/** As browsers ask for a page. */
const open = (path: string, by: Browser = browser) => by.get(path).set('Accept', 'text/html');

async function begin(company: Company, by: Browser = browser): Promise<string> {
  const answer = await open(`/login/sso/${company.configuration.id}`, by);
  expect(answer.status).toBe(302);
  return String(answer.headers['location']);
}

function pathOf(url: string): string {
  if (!url.startsWith(`${PUBLIC_URL}/`)) throw new Error(`not to the portal: ${url}`);
  const { searchParams } = new URL(url);
  for (const name of ['code', 'state']) portal.hide(searchParams.get(name) ?? 'no such thing');
  return url.slice(PUBLIC_URL.length);
}

/** The whole way; the answer to the callback. */
async function signIn(company: Company, subject: string, by: Browser = browser, at = company.browser()) {
  const callback = await at.approve(await begin(company, by), { subject });
  return await open(pathOf(callback), by);
}

const whoAmI = async (by: Browser = browser): Promise<unknown> => {
  const answer = await by.get('/api/embed');
  return answer.status === 200 ? answer.body : answer.status;
};

async function accounts(tenant: Tenant) {
  return await portal.storage.accounts.list(tenant.id);
}

const accountOf = async (email: string) => (await portal.storage.accounts.findByEmail(email))!;

async function lastEvents(limit = 5) {
  return await portal.storage.audit.read({ limit });
}

describe('signing in with the company', () => {
  test('SSO creates one account of the right tenant, with name and groups [ASVS 16.3.1]', async () => {
    const answer = await signIn(acme, 'acme-1');
    expect([answer.status, answer.headers['location']]).toEqual([303, '/']);
    expect(await whoAmI()).toMatchObject({
      user: { name: 'Europe analyst', email: 'europe@acme.example' },
      tenant: { id: 'acme' },
    });
    await signIn(acme, 'acme-1', portal.browser());
    const mine = (await accounts(tenants.acme)).filter(({ email }) => email === ANALYST.email);
    expect(mine).toMatchObject([{ groups: ['Analysts', 'Europe'], qlikUser: null, status: 'active' }]);
    expect(await portal.storage.accounts.passwordHash(mine[0]!.id)).toBeUndefined();
    expect(await lastEvents(1)).toMatchObject([
      {
        action: 'sign-in',
        result: 'ok',
        userId: mine[0]!.id,
        tenantId: 'acme',
        detail: { method: 'sso', provider: 'acme' },
      },
    ]);
  });

  test('accounts that SSO creates or changes are audited with their provider', async () => {
    const caller = { address: '127.0.0.1', requestId: expect.any(String) as string };
    await signIn(acme, 'acme-9');
    const { id: userId } = await accountOf('leaver@acme.example');
    const about = { userId, tenantId: 'acme', actor: 'sso:acme', result: 'ok', ...caller };
    expect(await portal.storage.audit.read({ userId, action: 'user.add' })).toMatchObject([
      { ...about, detail: { by: 'sso', issuer: acme.issuer, sub: 'acme-9' } },
    ]);
    acme.staff[8] = {
      subject: 'acme-9',
      name: 'Left soon',
      email: 'leaver@acme.example',
      groups: ['europe'],
    };
    await signIn(acme, 'acme-9');
    await signIn(acme, 'acme-9');
    expect(await portal.storage.audit.read({ userId, action: 'user.update' })).toMatchObject([
      { ...about, detail: { by: 'sso', name: true, groups: 'Europe' } },
    ]);
  });

  test('starts a new session, whatever the browser came with [ASVS 7.2.4]', async () => {
    const first = sessionCookieOf((await signIn(acme, 'acme-1')).get('Set-Cookie'));
    const second = sessionCookieOf((await signIn(acme, 'acme-1')).get('Set-Cookie'));
    expect(second).not.toBe(first);
    const old = await portal.request.get('/api/embed').set('Cookie', first);
    expect(old.status).toBe(401);
  });

  test('keeps name and groups in step, and nothing else', async () => {
    await signIn(acme, 'acme-1');
    acme.staff[0] = { ...ANALYST, name: 'Senior analyst', groups: ['europe'], email: 'moved@acme.example' };
    await signIn(acme, 'acme-1');
    acme.staff[0] = { ...ANALYST, groups: [] };
    expect(await whoAmI()).toMatchObject({ user: { name: 'Senior analyst', email: ANALYST.email } });
    const user = await accountOf(ANALYST.email);
    expect(user.groups).toEqual(['Europe']);
    await signIn(acme, 'acme-1');
    expect((await portal.storage.accounts.find(user.id))?.groups).toEqual([]);
    acme.staff[0] = ANALYST;
  });

  test('keeps the name that the account has where the provider no longer sends one', async () => {
    await signIn(acme, 'acme-1');
    acme.staff[0] = { ...ANALYST, name: '' };
    await signIn(acme, 'acme-1');
    expect((await accountOf(ANALYST.email)).name).toBe(ANALYST.name);
    acme.staff[0] = ANALYST;
  });

  test('cleans what will be shown', async () => {
    await signIn(acme, 'acme-10');
    const user = await accountOf('odd@acme.example');
    expect(user).toMatchObject({ name: 'odd name' });
  });

  test('lets no group in that ops did not list: it could carry a role in the Qlik tenant', async () => {
    await signIn(acme, 'acme-10');
    expect((await accountOf('odd@acme.example')).groups).toEqual(['Europe']);
  });

  test('SSO works in two concurrent tabs, in either order', async () => {
    const at = acme.browser();
    const [one, two] = [await begin(acme), await begin(acme)];
    const answers = [
      await at.approve(one, { subject: 'acme-1' }),
      await at.approve(two, { subject: 'acme-1' }),
    ];
    for (const callback of answers.toReversed()) {
      expect((await open(pathOf(callback))).headers['location']).toBe('/');
      expect(await whoAmI()).toMatchObject({ tenant: { id: 'acme' } });
    }
  });

  test('two concurrent first sign-ins create one account', async () => {
    const both = [portal.browser(), portal.browser()];
    const callbacks = await Promise.all(
      both.map(async (by) => await acme.browser().approve(await begin(acme, by), { subject: 'acme-7' })),
    );
    const answers = await Promise.all(
      callbacks.map((callback, index) => open(pathOf(callback), both[index])),
    );
    expect(answers.map(({ headers }) => String(headers['location']))).toEqual(['/', '/']);
    expect((await accounts(tenants.acme)).filter(({ name }) => name === 'Twin')).toHaveLength(1);
  });

  test('Back or Reload after an SSO sign-in leads to the portal', async () => {
    const callback = await acme.browser().approve(await begin(acme), { subject: 'acme-1' });
    await open(pathOf(callback));
    expect((await open(pathOf(callback))).headers['location']).toBe('/');
  });

  test('works with a private key in place of a secret, for an account that ops linked', async () => {
    const { account } = await portal.addUser(tenants.globex, { email: 'ops-made@globex.example' });
    const identity = { issuer: globex.issuer, subject: 'acme-1' };
    await portal.storage.identities.add(identity, account.id);
    await signIn(globex, 'acme-1');
    expect(await whoAmI()).toMatchObject({
      user: { name: 'Globex analyst', email: 'ops-made@globex.example' },
      tenant: { id: 'globex' },
    });
  });
});

describe('an e-mail is no key', () => {
  test.each([
    ['none', 'acme-2'],
    ['one that was not verified', 'acme-3'],
    ["one of another company's domain", 'acme-4'],
  ])('%s: the account is made without it', async (_name, subject) => {
    await signIn(acme, subject);
    const me = await whoAmI();
    expect(me).toMatchObject({ tenant: { id: 'acme' } });
    expect(me).toMatchObject({
      user: { email: expect.stringMatching(/^[0-9a-f]{32}@acme\.invalid$/) as string },
    });
  });

  test('that belongs to an account with a password opens nothing, and says so [ASVS 6.3.4]', async () => {
    const { account } = await portal.addUser(tenants.acme, { email: 'taken@acme.example' });
    const answer = await signIn(acme, 'acme-5');
    expect(answer.headers['location']).toBe('/login#sso_account_conflict');
    expect(await whoAmI()).toBe(401);
    expect(await portal.storage.accounts.find(account.id)).toEqual(account);
    expect(await lastEvents(1)).toMatchObject([
      { action: 'sign-in', result: 'failed', detail: { code: 'sso_account_conflict', provider: 'acme' } },
    ]);
  });

  test('the same sub of two providers is two people [ASVS 6.8.1]', async () => {
    await signIn(acme, 'acme-1');
    const acmeUser = await whoAmI();
    await signIn(globex, 'acme-1');
    expect(await whoAmI()).not.toEqual(acmeUser);
  });
});

describe('refused SSO sign-ins', () => {
  test('a provider without just-in-time accounts: a stranger', async () => {
    globex.staff.push({ subject: 'g-2', name: 'Stranger', email: 'stranger@globex.example' });
    const answer = await signIn(globex, 'g-2');
    expect(answer.headers['location']).toBe('/login#sso_not_allowed');
    expect(await lastEvents(1)).toMatchObject([{ result: 'failed', detail: { reason: 'unknown account' } }]);
    expect((await accounts(tenants.globex)).map(({ name }) => name)).not.toContain('Stranger');
  });

  test('an account that was disabled, also while its profile changes', async () => {
    await signIn(acme, 'acme-6');
    const user = await accountOf('disabled@acme.example');
    await portal.storage.accounts.save({ ...user, status: 'disabled' });
    const again = portal.browser();
    expect((await signIn(acme, 'acme-6', again)).headers['location']).toBe('/login#sso_not_allowed');
    expect(await whoAmI(again)).toBe(401);
    expect((await portal.storage.accounts.find(user.id))?.status).toBe('disabled');
  });

  test('people of a tenant that was switched off', async () => {
    await signIn(acme, 'acme-1');
    await portal.storage.tenants.save({ ...tenants.acme, status: 'disabled' });
    expect((await signIn(acme, 'acme-1')).headers['location']).toBe('/login#tenant_disabled');
    await portal.storage.tenants.save(tenants.acme);
  });

  test('a provider never signs in to an account of another tenant, even where ops linked it by mistake [ASVS 6.8.1]', async () => {
    const { account: user } = await portal.addUser(tenants.globex);
    await portal.storage.identities.add({ issuer: acme.issuer, subject: 'acme-8' }, user.id);
    expect((await signIn(acme, 'acme-8')).headers['location']).toBe('/login#sso_not_allowed');
    expect(await lastEvents(1)).toMatchObject([
      { detail: { reason: 'account of another tenant', issuer: acme.issuer, sub: 'acme-8' } },
    ]);
  });
});

describe('a provider of several tenants', () => {
  test('leads to the one that the claim names, and stays there', async () => {
    await signIn(shared, 's-1');
    expect(await whoAmI()).toMatchObject({ tenant: { id: 'acme' } });
    shared.staff[0] = { ...MEMBER, organisation: 'globex.example' };
    expect((await signIn(shared, 's-1')).headers['location']).toBe('/login#sso_not_allowed');
    shared.staff[0] = MEMBER;
  });

  test.each([
    ['no tenant', 's-2'],
    ['one that ops did not list', 's-3'],
  ])('a provider of several tenants signs no one in with %s', async (_name, subject) => {
    expect((await signIn(shared, subject)).headers['location']).toBe('/login#sso_not_allowed');
  });
});

describe('login CSRF', () => {
  test("the answer to one browser's sign-in does nothing in another [ASVS 7.6.2]", async () => {
    const attacker = portal.browser();
    const callback = await acme.browser().approve(await begin(acme, attacker), { subject: 'acme-1' });
    expect((await open(pathOf(callback))).headers['location']).toBe('/login#sso_expired');
    expect(await whoAmI()).toBe(401);
  });

  test('not even in one that has a sign-in of its own under way [ASVS 10.1.2]', async () => {
    const attacker = portal.browser();
    await begin(acme);
    const callback = await acme.browser().approve(await begin(acme, attacker), { subject: 'acme-1' });
    expect((await open(pathOf(callback))).headers['location']).toBe('/login#sso_expired');
  });

  test('an answer that comes at the address of another provider is none (mix-up)', async () => {
    const callback = await acme.browser().approve(await begin(acme), { subject: 'acme-1' });
    const moved = pathOf(callback).replace('/sso/acme/', '/sso/shared/');
    expect((await open(moved)).headers['location']).toBe('/login#sso_expired');
    expect(await whoAmI()).toBe(401);
  });

  test('an SSO transaction works once: its cookie is cleared, and a copy finds the code used', async () => {
    const started = await open('/login/sso/acme');
    const cookie = started.get('Set-Cookie')![0]!.split(';', 1)[0]!;
    const callback = pathOf(
      await acme.browser().approve(String(started.headers['location']), { subject: 'acme-1' }),
    );
    const done = await open(callback);
    expect(done.get('Set-Cookie')!.join()).toContain(`${cookie.split('=', 1)[0]!}=;`);
    const replay = await portal.request.get(callback).set('Accept', 'text/html').set('Cookie', cookie);
    expect(replay.headers['location']).toBe('/login#sso_failed');
    expect(replay.get('Set-Cookie')!.join()).not.toContain('portal=s');
  });
});

describe('the cookie of a sign-in under way', () => {
  test('shows nothing, and only the browser sends it, on the way back', async () => {
    const started = await open('/login/sso/acme');
    const [cookie = ''] = started.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(/^sso-[\w-]{22}=/);
    expect(cookie).toMatch(/Max-Age=600;.*Path=\/;.*HttpOnly; SameSite=Lax/);
    const { searchParams } = new URL(String(started.headers['location']));
    for (const value of ['state', 'nonce'].map((name) => searchParams.get(name)!))
      expect(cookie).not.toContain(value);
  });

  test('a changed cookie of an SSO transaction is refused', async () => {
    const started = await open('/login/sso/acme');
    const callback = pathOf(
      await acme.browser().approve(String(started.headers['location']), { subject: 'acme-1' }),
    );
    const cookie = started.get('Set-Cookie')![0]!.split(';', 1)[0]!;
    const changed = cookie.replace(/.(?=.{40}$)/, (character) => (character === 'A' ? 'B' : 'A'));
    const answer = await portal.request.get(callback).set('Accept', 'text/html').set('Cookie', changed);
    expect(answer.headers['location']).toBe('/login#sso_expired');
  });

  test('a browser keeps five SSO transactions: the oldest are cleared', async () => {
    const tabs: string[] = [];
    for (let tab = 0; tab < 8; tab += 1) tabs.push(await begin(acme));
    const jar = browser.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false });
    expect(jar.filter(({ name }) => name.startsWith('sso-'))).toHaveLength(5);
    const at = acme.browser();
    expect((await open(pathOf(await at.approve(tabs[0]!, { subject: 'acme-1' })))).headers['location']).toBe(
      '/login#sso_expired',
    );
    expect((await open(pathOf(await at.approve(tabs[7]!, { subject: 'acme-1' })))).headers['location']).toBe(
      '/',
    );
  });

  test('is for this host and TLS only, where the portal has it', async () => {
    const secure = await startPortal({
      env: {
        PUBLIC_URL: 'https://portal.example',
        INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
        SSO_PROVIDERS: JSON.stringify([acme.configuration]),
      },
    });
    const [cookie = ''] = (await secure.request.get('/login/sso/acme')).get('Set-Cookie') ?? [];
    expect(cookie).toMatch(/^__Host-sso-[\w-]{22}=.*Path=\/;.*HttpOnly; Secure; SameSite=Lax/);
    expect(cookie).not.toContain('Domain');
    await secure.close();
  });
});

describe('failures at the provider', () => {
  test('cancelling at the provider leads back to the sign-in page and counts as no failure', async () => {
    const before = await lastEvents(1);
    const callback = await acme.browser().approve(await begin(acme), { cancel: 'yes' });
    expect(new URL(callback).searchParams.get('error')).toBe('access_denied');
    expect((await open(pathOf(callback))).headers['location']).toBe('/login#sso_cancelled');
    expect(await lastEvents(1)).toEqual(before);
  });

  test('programs get a problem document', async () => {
    const answer = await portal.request.get('/login/sso/acme/callback?state=x&code=y');
    expect(answer.status).toBe(401);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'sso_expired' });
  });

  test('a flood of bad answers is audited up to the limit of its address, and no further [ASVS 16.3.3]', async () => {
    const limited = await startPortal({
      env: {
        INSECURE_ALLOW_LOOPBACK_ISSUERS: 'true',
        SSO_PROVIDERS: JSON.stringify([acme.configuration]),
        SIGN_IN_ATTEMPTS_PER_ADDRESS: '2',
      },
    });
    const attempt = async () => {
      const by = limited.browser();
      const { searchParams } = new URL(await begin(acme, by));
      const query = new URLSearchParams({
        state: searchParams.get('state')!,
        code: 'made-up',
        iss: acme.issuer,
      });
      return (await open(`/login/sso/acme/callback?${query.toString()}`, by)).headers['location'] as string;
    };
    expect([await attempt(), await attempt(), await attempt()]).toEqual([
      '/login#sso_failed',
      '/login#sso_failed',
      '/login#too_many_attempts',
    ]);
    expect(await limited.storage.audit.read({ action: 'sign-in' })).toHaveLength(2);
    await limited.close();
  });
});

describe('signing out', () => {
  test('signing out of the portal continues at the provider and returns; the provider then ends it everywhere [ASVS 7.6.1]', async () => {
    const at = acme.browser();
    await signIn(acme, 'acme-1', browser, at);
    const elsewhere = portal.browser();
    await signIn(acme, 'acme-1', elsewhere, at);
    const otherProviderSession = portal.browser();
    await signIn(acme, 'acme-1', otherProviderSession);

    const out = await browser.post('/logout').set('Accept', 'text/html');
    expect(out.status).toBe(200);
    const onward = /<a [^>]*href="([^"]+)"/.exec(out.text)![1]!.replaceAll('&amp;', '&');
    expect(onward).toMatch(new RegExp(`^${acme.issuer}/`));
    expect(await whoAmI(elsewhere)).toMatchObject({ tenant: { id: 'acme' } });

    const back = await at.signOut(onward);
    expect(acme.deliveries.splice(0)).toEqual([200]);
    expect((await open(pathOf(back))).headers['location']).toBe('/login#signed_out');
    expect(await whoAmI(elsewhere)).toBe(401);
    expect(await whoAmI(otherProviderSession)).toMatchObject({ tenant: { id: 'acme' } });
    expect(await lastEvents(1)).toMatchObject([
      { action: 'sign-out', actor: 'sso:acme', detail: { provider: 'acme', sessions: 1 } },
    ]);
  });

  test('ends in the portal where ops want it so, for passwords, and for programs', async () => {
    await signIn(globex, 'acme-1');
    expect((await browser.post('/logout').set('Accept', 'text/html')).headers['location']).toBe(
      '/login#signed_out',
    );
    await signIn(acme, 'acme-1');
    expect((await browser.post('/logout').set('Accept', 'application/json')).status).toBe(204);
    const who = await portal.addUser(tenants.acme);
    const cookie = await portal.signIn(who);
    const out = await portal.request.post('/logout').set('Cookie', cookie).set('Accept', 'text/html');
    expect(out.headers['location']).toBe('/login#signed_out');
  });

  test.each([
    ['nothing', ''],
    ['no token', 'logout_token='],
    ['something else', 'logout_token=a.b.c'],
  ])('a logout request with %s does nothing', async (_name, body) => {
    await signIn(acme, 'acme-1');
    const answer = await portal.request.post('/login/sso/acme/backchannel-logout').type('form').send(body);
    expect(answer.status).toBe(400);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await whoAmI()).toMatchObject({ tenant: { id: 'acme' } });
  });
});
