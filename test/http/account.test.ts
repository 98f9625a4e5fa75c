import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import type { Account } from '../../src/web/routes/account.ts';
import { sessionCookieOf, startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

const NEW_PASSWORD = 'violet kettle on the seventh roof';
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

describe("a person's own account", () => {
  let portal: TestPortal;
  let tenant: Tenant;
  let person: TestUser;
  beforeAll(async () => {
    portal = await startPortal();
    portal.hide(NEW_PASSWORD);
    tenant = await portal.addTenant({ name: 'Northwind' });
  });
  afterAll(() => portal.close());
  beforeEach(async () => {
    person = await portal.addUser(tenant, { name: 'Europe analyst' });
  });

  async function signIn(userAgent: string, password = person.password): Promise<string> {
    const answer = await portal.request
      .post('/login')
      .set('User-Agent', userAgent)
      .send({ email: person.account.email, password });
    return sessionCookieOf(answer.get('Set-Cookie'));
  }

  const overview = async (cookie: string) =>
    (await portal.request.get('/api/account').set('Cookie', cookie).expect(200)).body as Account;
  const isIn = async (cookie: string) =>
    (await portal.request.get('/api/embed').set('Cookie', cookie)).status === 200;
  const change = (cookie: string, current: string, password = NEW_PASSWORD) =>
    portal.request.post('/api/account/password').set('Cookie', cookie).send({ current, password });

  test('shows no e-mail where the identity provider vouched for none', async () => {
    const { account, password } = await portal.addUser(tenant, { email: '0a1b2c3d@acme.invalid' });
    const cookie = await portal.signIn({ account, password });
    expect((await overview(cookie)).user).toEqual({ name: account.name, email: null });
  });

  test('shows who they are, how they signed in, and every open session in words [ASVS 7.5.2]', async () => {
    const first = await signIn(FIREFOX);
    const second = await signIn(IPHONE);
    await signIn('<script>alert(1)</script>');
    const account = await overview(second);
    expect(account).toMatchObject({
      user: { name: 'Europe analyst', email: person.account.email },
      tenant: { name: 'Northwind' },
      signedInBy: 'password',
      hasPassword: true,
    });
    expect(account.sessions.map(({ device, current }) => [device, current])).toEqual(
      expect.arrayContaining([
        ['Firefox on Windows', false],
        ['Safari on iPhone', true],
        ['Unknown device', false],
      ]),
    );
    expect(account.sessions).toHaveLength(3);
    expect((await overview(first)).sessions.filter(({ current }) => current)).toMatchObject([
      { device: 'Firefox on Windows' },
    ]);
  });

  test('the account answer names no other person and nothing that opens a session', async () => {
    const cookie = await signIn(FIREFOX);
    const colleague = await portal.addUser(tenant);
    await portal.signIn(colleague);
    const account = await overview(cookie);
    expect(account.sessions).toHaveLength(1);
    const sid = decodeURIComponent(cookie.split('=')[1]!).slice(2).split('.')[0]!;
    expect(JSON.stringify(account)).not.toContain(sid);
  });

  test('signs the others out, and stays [ASVS 7.5.2]', async () => {
    const [here, there] = [await signIn(FIREFOX), await signIn(IPHONE)];
    const answer = await portal.request.post('/api/account/sign-out-others').set('Cookie', here);
    expect([answer.status, answer.body]).toEqual([200, { endedSessions: 1 }]);
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    expect((await overview(here)).sessions).toHaveLength(1);
    const [event] = await portal.storage.audit.read({ userId: person.account.id, action: 'sign-out-others' });
    expect(event).toMatchObject({ actor: person.account.id, detail: { endedSessions: 1 } });
  });

  test('changes the password: the old one and every other session are over [ASVS 6.2.2, 7.4.3]', async () => {
    const [here, there] = [await signIn(FIREFOX), await signIn(IPHONE)];
    const answer = await change(here, person.password);
    expect([answer.status, answer.body]).toEqual([200, { endedSessions: 1 }]);
    const renewed = sessionCookieOf(answer.get('Set-Cookie'));
    expect([await isIn(renewed), await isIn(there), await isIn(here)]).toEqual([true, false, false]);
    const old = await portal.request
      .post('/login')
      .send({ email: person.account.email, password: person.password });
    expect(old.status).toBe(401);
    expect(await isIn(await signIn(FIREFOX, NEW_PASSWORD))).toBe(true);
    const [event] = await portal.storage.audit.read({ userId: person.account.id, action: 'password.change' });
    expect(event).toMatchObject({ result: 'ok', actor: person.account.id });
    expect(JSON.stringify(event)).not.toContain(NEW_PASSWORD);
  });

  test.each([
    ['wrong old password', 'not the old one', NEW_PASSWORD, 403, 'current_password_wrong'],
    ['short new one', null, 'short words', 422, 'password_too_short'],
    ['long new one', null, 'long words '.repeat(20), 422, 'password_too_long'],
    ['guessable new one', null, 'Europe analyst 1', 422, 'password_guessable'],
  ])(
    'refuses a %s, and changes nothing [ASVS 6.2.3, 7.5.1]',
    async (_what, current, password, status, code) => {
      const [here, there] = [await signIn(FIREFOX), await signIn(IPHONE)];
      const answer = await change(here, current ?? person.password, password);
      expect(answer).toMatchObject({ status, body: { code } });
      expect([await isIn(here), await isIn(there)]).toEqual([true, true]);
      expect(await isIn(await signIn(FIREFOX))).toBe(true);
    },
  );

  test('guessing the old password is limited and on record [ASVS 6.2.3]', async () => {
    const strict = await startPortal({ env: { SIGN_IN_ATTEMPTS_PER_ACCOUNT: '6' } });
    const theirs = await strict.addUser(await strict.addTenant());
    const cookie = await strict.signIn(theirs);
    const answers = [];
    for (let index = 0; index < 4; index += 1) {
      const body = { current: `guess ${index}`, password: NEW_PASSWORD };
      answers.push(await strict.request.post('/api/account/password').set('Cookie', cookie).send(body));
    }
    const events = await strict.storage.audit.read({ userId: theirs.account.id, action: 'password.change' });
    await strict.close();
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 429]);
    expect(events.map(({ result }) => result)).toEqual(['failed', 'failed', 'failed']);
  });

  test('an account without a password cannot change it', async () => {
    const cookie = await signIn(FIREFOX);
    await portal.storage.accounts.removePasswordHash(person.account.id);
    expect(await overview(cookie)).toMatchObject({ hasPassword: false });
    expect(await change(cookie, person.password)).toMatchObject({
      status: 403,
      body: { code: 'current_password_wrong' },
    });
    expect(await portal.storage.accounts.passwordHash(person.account.id)).toBeUndefined();
  });

  test('the account operations require a session and refuse other sites', async () => {
    expect((await portal.request.get('/account')).get('Location')).toBe('/login');
    for (const path of ['/api/account', '/api/account/password', '/api/account/sign-out-others']) {
      const method = path === '/api/account' ? 'get' : 'post';
      const body = { current: 'a', password: 'b' };
      const anonymous = portal.request[method](path);
      expect((await (method === 'post' ? anonymous.send(body) : anonymous)).status).toBe(401);
      const cookie = await signIn(FIREFOX);
      const foreign = portal.request[method](path).set({ Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' });
      expect((await (method === 'post' ? foreign.send(body) : foreign)).status).toBe(403);
      expect(await isIn(cookie)).toBe(true);
    }
  });

  test('the account page is not cached and loads from the portal only', async () => {
    const page = await portal.request.get('/account').set('Cookie', await signIn(FIREFOX));
    expect([page.status, page.type, page.get('Cache-Control')]).toEqual([200, 'text/html', 'no-store']);
    expect(page.get('Content-Security-Policy')).toContain("script-src 'self';");
  });
});
