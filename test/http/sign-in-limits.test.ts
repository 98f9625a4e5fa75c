import { afterEach, describe, expect, test } from 'vitest';
import { createPasswordHasher } from '../../src/portal/sign-in/password.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

let portal: TestPortal;
afterEach(() => portal.close());

function limits(perAccount: number, perAddress: number) {
  return {
    SIGN_IN_ATTEMPTS_PER_ACCOUNT: String(perAccount),
    SIGN_IN_ATTEMPTS_PER_ADDRESS: String(perAddress),
  };
}

interface Guess {
  readonly email?: string;
  readonly password?: string;
  /** `X-Forwarded-For`, as it reaches the portal. */
  readonly forwardedFor?: string;
}

async function guess({ email = 'someone@acme.example', password = 'wrong', forwardedFor }: Guess) {
  const answer = await portal.request
    .post('/login')
    .set(forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor })
    .send({ email, password });
  return { status: answer.status, retryAfter: answer.get('Retry-After'), body: answer.body as unknown };
}

const someone = (index: number) => `someone-${index}@acme.example`;

async function statusesOf(forwarded: (index: number) => string) {
  const statuses = [];
  for (let index = 0; index < 5; index += 1) {
    statuses.push((await guess({ email: someone(index), forwardedFor: forwarded(index) })).status);
  }
  return statuses;
}

describe('an account', () => {
  test('is closed after too many guesses, for the right password too, and says for how long [ASVS 6.3.1]', async () => {
    portal = await startPortal({ env: { ...limits(4, 100), TRUST_PROXY: '1' } });
    const { account, password } = await portal.addUser(await portal.addTenant());
    for (let index = 0; index < 4; index += 1) {
      expect(await guess({ email: account.email, forwardedFor: `198.51.100.${index}` })).toMatchObject({
        status: 401,
      });
    }
    portal.verified.length = 0;
    const refused = await guess({ email: account.email, password, forwardedFor: '198.51.100.9' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    expect(Number(refused.retryAfter)).toBeLessThanOrEqual(900);
    expect(portal.verified).toEqual([]);
  });

  test('that does not exist is closed just the same', async () => {
    portal = await startPortal({ env: limits(2, 100) });
    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await guess({})).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test('is forgiven by a success', async () => {
    portal = await startPortal({ env: limits(4, 100) });
    const { account, password } = await portal.addUser(await portal.addTenant());
    for (let round = 0; round < 5; round += 1) {
      expect(await guess({ email: account.email })).toMatchObject({ status: 401 });
      expect(await guess({ email: account.email, password })).toMatchObject({ status: 200 });
    }
  });

  test('cannot be tried in other spellings of its e-mail', async () => {
    portal = await startPortal({ env: limits(2, 100) });
    const statuses = [];
    for (const email of ['a@b.example', 'A@B.EXAMPLE', ' a@b.example ', 'ａ@b.example']) {
      statuses.push((await guess({ email })).status);
    }
    expect(statuses.slice(2)).toEqual([429, 429]);
  });

  test('is not tried by those for whom there is no room', async () => {
    portal = await startPortal({
      env: limits(4, 100),
      replace: () => ({
        hasher: createPasswordHasher({ limits: { concurrent: 0, waiting: 0, retryAfterS: 5 } }),
      }),
    });
    for (let index = 0; index < 6; index += 1) {
      // 5 s: of the line. A closed account would say up to 900.
      expect(await guess({})).toMatchObject({ status: 429, retryAfter: '5' });
    }
  });

  test('in the form, the person is told on the page', async () => {
    portal = await startPortal({ env: limits(100, 1) });
    await guess({});
    const answer = await portal.request
      .post('/login')
      .type('form')
      .send({ email: 'a@b.example', password: 'x' });
    expect([answer.status, answer.get('Location')]).toEqual([303, '/login#too_many_attempts']);
  });
});

describe('an address', () => {
  const three = limits(100, 3);

  const CLOSED_AFTER_THREE = [401, 401, 401, 429, 429];

  test('cannot hide behind a forged X-Forwarded-For where no proxy is trusted [ASVS 6.3.1]', async () => {
    portal = await startPortal({ env: three });
    expect(await statusesOf((index) => `203.0.113.${index}`)).toEqual(CLOSED_AFTER_THREE);
  });

  test('cannot hide behind what it puts in front of what the one trusted proxy adds', async () => {
    portal = await startPortal({ env: { ...three, TRUST_PROXY: '1' } });
    expect(await statusesOf((index) => `203.0.113.${index}, 198.51.100.7`)).toEqual(CLOSED_AFTER_THREE);
  });

  test('is told from its neighbours behind the same proxy', async () => {
    portal = await startPortal({ env: { ...three, TRUST_PROXY: '1' } });
    expect(await statusesOf((index) => `198.51.100.${index}`)).toEqual([401, 401, 401, 401, 401]);
  });

  test('is the one before the trusted addresses, where proxies are trusted by address', async () => {
    portal = await startPortal({ env: { ...three, TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' } });
    expect(await statusesOf((index) => `203.0.113.${index}, 198.51.100.7, 10.1.2.3`)).toEqual(
      CLOSED_AFTER_THREE,
    );
  });

  test('of nonsense is still one address', async () => {
    portal = await startPortal({ env: { ...three, TRUST_PROXY: '1' } });
    expect(await statusesOf(() => 'no address at all')).toEqual(CLOSED_AFTER_THREE);
  });
});
