import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import { createPasswordHasher } from '../../src/portal/sign-in/password.ts';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';

const NEW_PASSWORD = 'violet kettle on the seventh roof';
const OTHER_PASSWORD = 'seventeen quiet lanterns in the harbour';

describe('a change during password verification or hashing', () => {
  const cheap = createPasswordHasher({ parameters: { memory: 8, passes: 1, parallelism: 1 } });
  /** Done once, between the work on a password and what follows from it. */
  let meanwhile: Partial<Record<'verified' | 'hashed', () => Promise<unknown>>> = {};
  let portal: TestPortal;
  let tenant: Tenant;
  let person: TestUser;

  async function then(step: 'verified' | 'hashed'): Promise<void> {
    const { [step]: act } = meanwhile;
    if (act === undefined) return;
    meanwhile = {};
    await act();
  }

  beforeAll(async () => {
    portal = await startPortal({
      replace: () => ({
        hasher: {
          ...cheap,
          async verify(...given) {
            const fits = await cheap.verify(...given);
            if (fits) await then('verified');
            return fits;
          },
          async hash(...given) {
            const made = await cheap.hash(...given);
            await then('hashed');
            return made;
          },
        },
      }),
    });
    portal.hide(NEW_PASSWORD);
    tenant = await portal.addTenant();
  });
  afterAll(() => portal.close());
  beforeEach(async () => {
    meanwhile = {};
    person = await portal.addUser(tenant);
  });

  const signIn = () =>
    portal.request.post('/login').send({ email: person.account.email, password: person.password });
  const change = (cookie: string) =>
    portal.request
      .post('/api/account/password')
      .set('Cookie', cookie)
      .send({ current: person.password, password: NEW_PASSWORD });
  const endAll = () => portal.storage.sessionRegistry.endAllOf({ userId: person.account.id });
  const sessions = () => portal.storage.sessionDirectory.list({ userId: person.account.id, begunAfter: 0 });

  test('a session that is ended meanwhile is not continued under a new id', async () => {
    const cookie = await portal.signIn(person);
    meanwhile = { hashed: endAll };
    const answer = await change(cookie);
    expect([answer.status, answer.body]).toMatchObject([401, { code: 'session_required' }]);
    expect(answer.get('Set-Cookie')).toBeUndefined();
    expect(await sessions()).toEqual([]);
  });

  test('a password that ops remove meanwhile cannot be changed by who knew it', async () => {
    const { accounts } = portal.storage;
    const cookie = await portal.signIn(person);
    meanwhile = { hashed: () => accounts.removePasswordHash(person.account.id) };
    const answer = await change(cookie);
    expect(answer.body).toMatchObject({ code: 'current_password_wrong' });
    expect(await accounts.passwordHash(person.account.id)).toBeUndefined();
  });

  test('a sign-in with the old password starts no session once a new one is set', async () => {
    const { accounts, audit } = portal.storage;
    const replacement = await cheap.hash(new Secret(OTHER_PASSWORD));
    meanwhile = {
      async verified() {
        await accounts.setPasswordHash(person.account.id, replacement);
        await endAll();
      },
    };
    const answer = await signIn();
    expect([answer.status, answer.body]).toMatchObject([401, { code: 'invalid_credentials' }]);
    expect(answer.get('Set-Cookie')).toBeUndefined();
    expect(await sessions()).toEqual([]);
    const [event] = await audit.read({ userId: person.account.id, action: 'sign-in', result: 'failed' });
    expect(event).toMatchObject({ detail: { reason: 'password replaced meanwhile' } });
  });

  test('a sign-in whose hash another sign-in has upgraded starts a session', async () => {
    const { accounts } = portal.storage;
    const renewed = await cheap.hash(new Secret(person.password));
    meanwhile = { verified: () => accounts.setPasswordHash(person.account.id, renewed) };
    expect((await signIn()).status).toBe(200);
    expect(await sessions()).toHaveLength(1);
  });

  test('a password invite is void once the person has changed the password', async () => {
    const { passwordInvites } = portal.storage;
    const link = {
      userId: person.account.id,
      codeHash: person.account.id,
      expiresAt: Date.now() + 3_600_000,
    };
    await passwordInvites.save(link);
    const cookie = await portal.signIn(person);
    expect((await change(cookie)).status).toBe(200);
    expect(await passwordInvites.find(link.codeHash)).toBeUndefined();
  });
});
