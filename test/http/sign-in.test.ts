import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Portal } from '../../src/compose/portal.ts';
import type { AccountId } from '../../src/domain/model/ids.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
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

const credentials = ({ account, password }: TestUser) => ({ email: account.email, password });

describe('signing in', () => {
  test('with the form leads to the embed page, and the token is one request away', async () => {
    const browser = portal.browser();
    const answer = await browser.post('/login').type('form').send(credentials(analyst));
    expect(answer.status).toBe(303);
    expect(answer.get('Location')).toBe('/');
    expect(answer.get('Cache-Control')).toBe('no-store');

    const page = await browser.get('/');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<html');

    const token = await browser.get('/api/qlik-token');
    expect(token.status).toBe(200);
    expect(portal.broker.requests.at(-1)?.user).toEqual(analyst.account.qlikUser);
  });

  test('with JSON says who signed in', async () => {
    const answer = await portal.request.post('/login').send(credentials(analyst));
    expect(answer.status).toBe(200);
    expect(answer.get('Cache-Control')).toBe('no-store');
    expect(answer.body).toEqual({
      user: { name: analyst.account.name, email: analyst.account.email },
      tenant: { id: acme.id, name: acme.name },
    });
    expect(sessionCookieOf(answer.get('Set-Cookie'))).toMatch(/^portal=s/);
  });

  test('takes an e-mail in any case, width and with spaces around it', async () => {
    const { account, password } = await portal.addUser(acme, { email: 'jörg.müller@bücher.example' });
    const typed = `  ＪÖRG.Mu\u0308ller@BÜCHER.example `;
    const answer = await portal.request.post('/login').send({ email: typed, password });
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveProperty('user.email', account.email);
  });

  test('counts as an attempt to sign in only: a session that is there stays when it fails', async () => {
    const cookie = await portal.signIn(analyst);
    await portal.request
      .post('/login')
      .set('Cookie', cookie)
      .send({ email: analyst.account.email, password: 'wrong' })
      .expect(401);
    const answer = await portal.request.get('/api/embed').set('Cookie', cookie);
    expect(answer.status).toBe(200);
  });

  test('is written to the audit log, success and failure, without the e-mail or the password [ASVS 16.2.1, 16.3.1]', async () => {
    const who = await portal.addUser(acme);
    await portal.signIn(who);
    await portal.request.post('/login').send({ email: who.account.email, password: 'a wrong guess' });
    const events = await portal.storage.audit.read({ userId: who.account.id });
    expect(events.map(({ action, result, detail }) => ({ action, result, detail }))).toEqual([
      { action: 'sign-in', result: 'failed', detail: { reason: 'wrong password' } },
      { action: 'sign-in', result: 'ok', detail: undefined },
    ]);
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`${who.account.email}|a wrong guess`));
    expect(events.every(({ requestId, address }) => requestId && address)).toBe(true);
  });
});

function withoutUsers({ storage }: Portal) {
  const accounts = { ...storage.accounts, findByEmail: () => Promise.reject(new Error('out of order')) };
  return { storage: { ...storage, accounts } };
}

/** Counts what is asked of the accounts: each question takes time that a caller can measure. */
function withCountedQuestions(asked: string[]) {
  return ({ storage }: Portal) => {
    const { accounts, tenantMembers } = storage;
    const counted = {
      ...storage,
      accounts: {
        ...accounts,
        findByEmail: (email: string) => (asked.push('e-mail'), accounts.findByEmail(email)),
        passwordHash: (id: AccountId) => (asked.push('hash'), accounts.passwordHash(id)),
      },
      tenantMembers: {
        ...tenantMembers,
        find: (id: AccountId) => (asked.push('subject'), tenantMembers.find(id)),
      },
    };
    return { storage: counted };
  };
}

async function refusal(body: { email: string; password: string }) {
  portal.verified.length = 0;
  const { status, headers, text } = await portal.request.post('/login').send(body);
  const { date: _date, 'x-request-id': requestId, ...comparable } = headers as Record<string, string>;
  return { status, headers: comparable, body: text.replace(requestId!, '') };
}

describe('sign-in does not reveal which accounts exist', () => {
  test('unknown, wrong, disabled and of a disabled tenant are one answer, each after one password hash', async () => {
    const disabled = await portal.addUser(acme, { status: 'disabled' });
    const closed = await portal.addUser(await portal.addTenant({ status: 'disabled' }));
    const unknown = await refusal({ email: 'nobody@acme.example', password: analyst.password });
    expect(unknown).toMatchObject({ status: 401 });
    expect(unknown.body).toContain('"code":"invalid_credentials"');
    expect(unknown.headers).not.toHaveProperty('set-cookie');
    expect(portal.verified).toEqual([false]);

    for (const who of [{ ...analyst, password: 'wrong' }, disabled, closed]) {
      expect(await refusal(credentials(who))).toEqual(unknown);
      expect(portal.verified).toEqual([true]);
    }
  });

  test('the database is asked as much about an account that does not exist', async () => {
    const asked: string[] = [];
    const counting = await startPortal({ replace: withCountedQuestions(asked) });
    const { account: user } = await counting.addUser(await counting.addTenant());
    const questions = [];
    for (const email of [user.email, 'nobody@acme.example']) {
      await counting.request.post('/login').send({ email, password: 'wrong' }).expect(401);
      questions.push(asked.splice(0));
    }
    expect(questions[0]).toEqual(['e-mail', 'hash', 'subject']);
    expect(questions[1]).toEqual(questions[0]);
    await counting.close();
  });

  test('the sign-in form gives the same answer for unknown accounts and wrong passwords', async () => {
    const locations = [];
    for (const email of ['nobody@acme.example', analyst.account.email]) {
      const answer = await portal.request.post('/login').type('form').send({ email, password: 'wrong' });
      locations.push([answer.status, answer.get('Location')]);
    }
    expect(locations).toEqual([
      [303, '/login#invalid_credentials'],
      [303, '/login#invalid_credentials'],
    ]);
  });
});

describe('failures of the form go back to a message that its page holds', () => {
  test.each(['/LOGIN', '/login/', '/Login/'])(
    'a failed form sent to %s leads back to the sign-in page',
    async (path) => {
      const form = { email: analyst.account.email, password: 'wrong' };
      const answer = await portal.request.post(path).type('form').send(form);
      expect([answer.status, answer.get('Location')]).toEqual([303, '/login#invalid_credentials']);
    },
  );

  test.each([
    ['invalid_request', { email: '', password: '' }, {}],
    ['invalid_request', { email: 'no address', password: 'x' }, {}],
    ['invalid_credentials', { email: 'nobody@acme.example', password: 'x' }, {}],
    [
      'cross_site_request',
      { email: 'nobody@acme.example', password: 'x' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ],
  ])('a failed form leads back to the message %s', async (message, form, headers) => {
    const answer = await portal.request.post('/login').type('form').set(headers).send(form);
    expect(answer.status).toBe(303);
    expect(answer.get('Location')).toBe(`/login#${message}`);
    expect(answer.get('Cache-Control')).toBe('no-store');
    const page = await portal.request.get('/login');
    expect(page.text).toContain(`id="${message}"`);
  });

  test('a failed form leads back to the message unavailable where the portal fails', async () => {
    const broken = await startPortal({ replace: withoutUsers });
    const answer = await broken.request
      .post('/login')
      .type('form')
      .send({ email: 'a@b.example', password: 'x' });
    expect(answer.get('Location')).toBe('/login#unavailable');
    await broken.close();
  });
});
