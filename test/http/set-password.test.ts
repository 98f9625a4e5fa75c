import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { issuePasswordInvite } from '../../src/portal/accounts/password-invites.ts';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

const NEW_PASSWORD = 'violet kettle on the seventh roof';

describe('a one-time link', () => {
  let portal: TestPortal;
  let tenant: Tenant;
  let person: TestUser;
  beforeAll(async () => {
    portal = await startPortal();
    portal.hide(NEW_PASSWORD);
    tenant = await portal.addTenant({ name: 'Northwind Traders' });
  });
  afterAll(() => portal.close());
  beforeEach(async () => {
    person = await portal.addUser(tenant, { name: 'Europe analyst' });
  });

  async function link(now = Date.now()): Promise<string> {
    const { passwordInvites } = portal.storage;
    const deps = { passwordInvites, publicUrl: 'http://localhost:3000', clock: { now: () => now } };
    const { url } = await issuePasswordInvite(deps, person.account.id);
    const code = new URL(url.reveal()).hash.slice(1);
    portal.hide(code);
    return code;
  }

  const set = (code: string, password = NEW_PASSWORD) =>
    portal.request.post('/set-password').send({ code, password });

  const signIn = (password: string) =>
    portal.request.post('/login').send({ email: person.account.email, password });

  test('sets the password once, and ends every session of the person [ASVS 7.4.3]', async () => {
    const cookie = await portal.signIn(person);
    const code = await link();
    expect((await set(code)).status).toBe(204);
    expect((await portal.request.get('/api/embed').set('Cookie', cookie)).status).toBe(401);
    expect((await signIn(person.password)).status).toBe(401);
    expect((await signIn(NEW_PASSWORD)).status).toBe(200);
    const again = await set(code, `${NEW_PASSWORD} again`);
    expect(again).toMatchObject({ status: 410, body: { code: 'password_link_invalid' } });
    expect((await signIn(NEW_PASSWORD)).status).toBe(200);
  });

  test('is over after an hour, and when there is a newer one [ASVS 6.4.1]', async () => {
    const old = await link(Date.now() - 60 * 60_000);
    expect((await set(old)).status).toBe(410);
    const [first, second] = [await link(), await link()];
    expect((await set(first)).status).toBe(410);
    expect((await set(second)).status).toBe(204);
  });

  test('opens nothing for a disabled account', async () => {
    const code = await link();
    await portal.storage.accounts.setStatus(person.account.id, 'disabled');
    expect(await set(code)).toMatchObject({ body: { code: 'password_link_invalid' } });
  });

  test.each([
    ['short words', 'password_too_short'],
    ['x'.repeat(14), 'password_too_short'],
    ['👩🏽‍🚀', 'password_too_short'],
    ['violet kettle '.repeat(10), 'password_too_long'],
    ['é'.repeat(2100), 'password_too_long'],
    ['passwordpassword', 'password_guessable'],
    ['qwertyuiopasdfgh', 'password_guessable'],
    ['123456789012345', 'password_guessable'],
    ['aaaaaaaaaaaaaaaaaaaa', 'password_guessable'],
    ['Europe Analyst 1', 'password_guessable'],
    ['NorthwindTraders', 'password_guessable'],
  ])('refuses %j (%s), and stays good [ASVS 6.2.1, 6.2.4]', async (password, expected) => {
    const code = await link();
    const refused = await set(code, password);
    expect(refused).toMatchObject({ status: 422, body: { code: expected } });
    expect((await set(code)).status).toBe(204);
  });

  test('refuses the e-mail as the password [ASVS 6.2.11]', async () => {
    const refused = await set(await link(), person.account.email);
    expect(refused).toMatchObject({ body: { code: 'password_guessable' } });
  });

  test.each([
    ['any characters', 'три слова и пробелы'],
    ['no classes of characters', 'violetkettleroofseven'],
    ['the longest', 'violet kettle on roof '.repeat(6).slice(0, 128)],
    ['spaces at its ends', '  violet kettle on roof  '],
  ])('takes %s [ASVS 6.2.5, 6.2.9]', async (_name, password) => {
    portal.hide(password);
    expect((await set(await link(), password)).status).toBe(204);
    expect((await signIn(password)).status).toBe(200);
  });

  test('one password, however it was composed', async () => {
    expect((await set(await link(), 'cafe\u0301 olive\u0301 kettle roof')).status).toBe(204);
    expect((await signIn('caf\u00e9 oliv\u00e9 kettle roof')).status).toBe(200);
  });

  test('as a form: every end is a message of a page, and the code is in no address [ASVS 14.2.1]', async () => {
    const code = await link();
    const form = (fields: Record<string, string>) =>
      portal.request.post('/set-password').type('form').send(fields);
    const refused = await form({ code, password: 'short words', repeated: 'short words' });
    expect([refused.status, refused.get('Location')]).toEqual([303, '/set-password#password_too_short']);
    const differs = await form({ code, password: NEW_PASSWORD, repeated: `${NEW_PASSWORD}!` });
    expect(differs.get('Location')).toBe('/set-password#invalid_request');
    const pasted = `http://localhost:3000/set-password#${code}`;
    const done = await form({ code: pasted, password: NEW_PASSWORD, repeated: NEW_PASSWORD });
    expect([done.status, done.get('Location')]).toEqual([303, '/login#password_set']);
    const used = await form({ code, password: NEW_PASSWORD });
    expect(used.get('Location')).toBe('/set-password#password_link_invalid');
    const { text } = await portal.request.get('/set-password');
    const failures = [refused, differs, used].map((answer) => answer.get('Location')!.split('#')[1]!);
    for (const id of failures) expect(text).toContain(`class="message" id="${id}"`);
    expect((await portal.request.get('/login')).text).toContain('id="password_set"');
  });

  test('is refused to pages of other sites, and in an address', async () => {
    const code = await link();
    const foreign = await set(code).set('Origin', 'https://evil.example');
    expect(foreign.status).toBe(403);
    const inAddress = await portal.request
      .post(`/set-password?code=${code}`)
      .send({ password: NEW_PASSWORD });
    expect(inAddress.status).toBe(400);
    expect((await set(code)).status).toBe(204);
  });

  test('is on record with who, from where and the request, without code or password', async () => {
    const code = await link();
    const { headers } = await set(code);
    const [event] = await portal.storage.audit.read({ userId: person.account.id, action: 'password.set' });
    expect(event).toMatchObject({
      actor: person.account.id,
      tenantId: tenant.id,
      requestId: headers['x-request-id'],
    });
    expect(event?.address).toContain('127.0.0.1');
    expect(JSON.stringify(event)).not.toContain(code);
  });

  test('guessing codes counts as attempts of the address', async () => {
    const strict = await startPortal({ env: { SIGN_IN_ATTEMPTS_PER_ADDRESS: '3' } });
    const answers = [];
    for (let index = 0; index < 4; index += 1) {
      answers.push(
        await strict.request.post('/set-password').send({ code: `c${index}`, password: NEW_PASSWORD }),
      );
    }
    await strict.close();
    expect(answers.map(({ status }) => status)).toEqual([410, 410, 410, 429]);
  });
});
