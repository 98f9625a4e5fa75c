import { assert, asyncProperty, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newAccountId, type AccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import { createPasswordQueue } from '../../src/portal/sign-in/password-queue.ts';
import { createPasswordVerifier } from '../../src/portal/sign-in/password-verifier.ts';
import { createPasswordHasher, MAX_PASSWORD_LENGTH } from '../../src/portal/sign-in/password.ts';
import { anyCharacter } from '../support/any-character.ts';

const cheap = { memory: 64, passes: 1, parallelism: 1 };
const hasher = createPasswordHasher({ parameters: cheap });
const secret = (plain: string) => new Secret(plain);

describe('password hashes', () => {
  test('password hashes agree with the reference implementation of argon2id', async () => {
    // From the test suite of https://github.com/P-H-C/phc-winner-argon2.
    const reference = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await hasher.verify(secret('password'), reference)).toBe(true);
    expect(await hasher.verify(secret('Password'), reference)).toBe(false);
  });

  test('password hashes carry OWASP’s parameters and a salt of their own', async () => {
    const strong = createPasswordHasher();
    const [one, two] = [await strong.hash(secret('same')), await strong.hash(secret('same'))];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await strong.verify(secret('same'), one)).toBe(true);
    expect(await strong.verify(secret('same'), two)).toBe(true);
  });

  // Its own `expect`: after a time-out the property continues, and must not count as another test's.
  test('any accepted password is verified by itself alone [ASVS 6.2.8]', async ({ expect: expectHere }) => {
    const anyText = string({ unit: anyCharacter, minLength: 1, maxLength: 64 });
    const property = asyncProperty(anyText, anyText, async (password, other) => {
      const hash = await hasher.hash(secret(password));
      expectHere(await hasher.verify(secret(password), hash)).toBe(true);
      const same = password.normalize('NFC') === other.normalize('NFC');
      expectHere(await hasher.verify(secret(other), hash)).toBe(same);
    });
    await assert(property, { numRuns: 30 });
  });

  test.each([
    ['what follows a NUL counts', 'pass\0word', 'pass\0', false],
    ['a NUL counts', 'password', 'password\0', false],
    ['case counts', 'password', 'PASSWORD', false],
    ['white space counts', 'password', 'password ', false],
    ['the two ways to write ë are one', 'Zoe\u0308', 'Zo\u00EB', true],
  ])('%s', async (_rule, password, other, opens) => {
    expect(await hasher.verify(secret(other), await hasher.hash(secret(password)))).toBe(opens);
  });

  test.each([
    ['empty', ''],
    ['a character too long', 'x'.repeat(MAX_PASSWORD_LENGTH + 1)],
    ['a megabyte', 'e\u0301'.repeat(500_000)],
    ['not Unicode', 'x\uD800'],
  ])('a password that is %s is refused before anything is hashed', async (_what, plain) => {
    const closed = createPasswordHasher({ limits: { concurrent: 0, waiting: 0, retryAfterS: 1 } });
    const refused = { code: 'invalid_request' };
    await expect(closed.hash(secret(plain))).rejects.toMatchObject(refused);
    await expect(closed.verify(secret(plain), undefined)).rejects.toMatchObject(refused);
  });

  test('length is counted in characters as people see them, after NFC', async () => {
    for (const longest of ['\u{1F600}'.repeat(128), 'e\u0301'.repeat(128)]) {
      expect(await hasher.verify(secret(longest), await hasher.hash(secret(longest)))).toBe(true);
    }
  });

  test.each(['', 'plain', '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8'])(
    'an unreadable stored hash is an error: %j',
    async (stored) => {
      await expect(hasher.verify(secret('x'), stored)).rejects.toMatchObject({ code: 'internal_error' });
    },
  );

  test('a hash of other parameters is verified, and needs a rehash', async () => {
    const old = await hasher.hash(secret('password'));
    const stronger = createPasswordHasher({ parameters: { ...cheap, passes: 2 } });
    expect(await stronger.verify(secret('password'), old)).toBe(true);
    expect(stronger.needsRehash(old)).toBe(true);
    expect(stronger.needsRehash(await stronger.hash(secret('password')))).toBe(false);
  });

  test('an unknown account costs the processor what a wrong password costs', async () => {
    const strong = createPasswordHasher();
    const stored = await strong.hash(secret('right'));
    // The least of several, and processor time instead of time: both to be deaf to what else the machine does.
    const cost = { unknown: Infinity, wrong: Infinity };
    for (let round = 0; round < 5; round += 1) {
      for (const [who, hash] of [['unknown', undefined] as const, ['wrong', stored] as const]) {
        const before = process.cpuUsage();
        expect(await strong.verify(secret('guess'), hash)).toBe(false);
        const { user, system } = process.cpuUsage(before);
        cost[who] = Math.min(cost[who], user + system);
      }
    }
    expect(cost.unknown / cost.wrong).toBeGreaterThan(0.5);
    expect(cost.unknown / cost.wrong).toBeLessThan(2);
  });
});

describe('a flood of sign-ins', () => {
  test('in a flood a bounded number is hashed, a bounded number waits, the rest is told when to retry', async () => {
    const bounded = createPasswordHasher({
      parameters: cheap,
      limits: { concurrent: 2, waiting: 3, retryAfterS: 7 },
    });
    const flood = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) => bounded.verify(secret(`guess ${n}`), undefined)),
    );
    const refused = flood.filter((result) => result.status === 'rejected');
    expect(flood.length - refused.length).toBe(5);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'too_many_attempts', retryAfterS: 7 });
    }
    const hash = await bounded.hash(secret('afterwards'));
    expect(await bounded.verify(secret('afterwards'), hash)).toBe(true);
  });

  test('a flood from one network waits for itself: other networks are served in between and evict it', async () => {
    const queue = createPasswordQueue({ concurrent: 1, waiting: 4, retryAfterS: 7 });
    const done: string[] = [];
    const attempt = (network: string, name: string) =>
      queue(network, async (granted) => {
        await granted;
        done.push(name);
      });
    const flood = ['f1', 'f2', 'f3', 'f4', 'f5', 'f6'].map((name) => attempt('flood', name));
    const others = [attempt('office', 'o1'), attempt('home', 'h1'), attempt('office', 'o2')];
    const ends = await Promise.allSettled([...flood, ...others]);
    const refused = { status: 'rejected', reason: { code: 'too_many_attempts', retryAfterS: 7 } };
    expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject([
      refused,
      refused,
      refused,
      refused,
    ]);
    expect(done).toEqual(['f1', 'f2', 'o1', 'h1', 'f3']);
  });

  test('a flood from hundreds of addresses refuses no one else', async () => {
    const one = createPasswordHasher({ parameters: cheap });
    const attempt = (network: string) =>
      one.inQueue(network, (granted) => one.verify(secret('guess'), undefined, granted));
    const flood = Array.from({ length: 250 }, (_, n) => attempt(`flood ${n}`));
    const people = Array.from({ length: 50 }, (_, n) => attempt(`person ${n}`));
    expect(await Promise.all([...flood, ...people])).toHaveLength(300);
  });

  test('work that fails before its slot is granted does not block the queue', async () => {
    const queue = createPasswordQueue({ concurrent: 1, waiting: 1, retryAfterS: 7 });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const first = queue('first', () => held);
    await expect(queue('second', () => Promise.reject(new Error('closed')))).rejects.toThrow('closed');
    const third = queue('third', (granted) => granted);
    release();
    await Promise.all([first, third]);
  });

  test('a failed hash releases its slot', async () => {
    const single = createPasswordHasher({
      // argon2 refuses this: less memory than lanes need.
      parameters: { memory: 1, passes: 1, parallelism: 1 },
      limits: { concurrent: 1, waiting: 0, retryAfterS: 1 },
    });
    for (let n = 0; n < 3; n += 1) {
      await expect(single.hash(secret('x'))).rejects.not.toMatchObject({ code: 'too_many_attempts' });
    }
  });
});

describe('the passwords of accounts', () => {
  test('only the right password of an account with a password is verified', async () => {
    const [known, without] = [newAccountId(), newAccountId()];
    const { users, asked } = accountsWith(new Map([[known, await hasher.hash(secret('right'))]]));
    const passwords = createPasswordVerifier({ accounts: users, hasher });
    expect(await passwords.verify(known, secret('right'))).toBeDefined();
    expect(await passwords.verify(known, secret('wrong'))).toBeUndefined();
    expect(await passwords.verify(without, secret('right'))).toBeUndefined();
    expect(await passwords.verify(undefined, secret('right'))).toBeUndefined();
    // One question to the database each time: the last for an account that nobody has.
    expect(asked).toHaveLength(4);
    expect([known, without]).not.toContain(asked[3]);
  });

  test('the right password rehashes to new parameters, a wrong one never', async () => {
    const id = newAccountId();
    const old = await hasher.hash(secret('right'));
    const hashes = new Map([[id, old]]);
    const stronger = createPasswordHasher({ parameters: { ...cheap, passes: 2 } });
    const passwords = createPasswordVerifier({ accounts: accountsWith(hashes).users, hasher: stronger });
    await passwords.verify(id, secret('wrong'));
    expect(hashes.get(id)).toBe(old);
    await passwords.verify(id, secret('right'));
    expect(hashes.get(id)).toContain('t=2');
    expect(await passwords.verify(id, secret('right'))).toBeDefined();
  });

  test('a rehash does not replace a password that was changed concurrently', async () => {
    const id = newAccountId();
    const hashes = new Map([[id, await hasher.hash(secret('right'))]]);
    const changed = await hasher.hash(secret('changed'));
    const stronger = createPasswordHasher({ parameters: { ...cheap, passes: 2 } });
    const slow = {
      ...stronger,
      async hash(password: Secret) {
        hashes.set(id, changed);
        return stronger.hash(password);
      },
    };
    await createPasswordVerifier({ accounts: accountsWith(hashes).users, hasher: slow }).verify(
      id,
      secret('right'),
    );
    expect(hashes.get(id)).toBe(changed);
  });

  test('a full queue prevents the rehash, not the sign-in', async () => {
    const id = newAccountId();
    const old = await hasher.hash(secret('right'));
    const full = createPasswordHasher({ limits: { concurrent: 0, waiting: 0, retryAfterS: 1 } });
    const busy = { ...hasher, needsRehash: () => true, hash: (password: Secret) => full.hash(password) };
    const { users } = accountsWith(new Map([[id, old]]));
    const passwords = createPasswordVerifier({ accounts: users, hasher: busy });
    expect(await passwords.verify(id, secret('right'))).toBeDefined();
    expect(await users.passwordHash(id)).toBe(old);
  });
});

function accountsWith(hashes: Map<AccountId, string>) {
  const asked: AccountId[] = [];
  const users = {
    async passwordHash(id: AccountId) {
      asked.push(id);
      return hashes.get(id);
    },
    async setPasswordHash(id: AccountId, hash: string, { replacing }: { replacing?: string } = {}) {
      if (replacing !== undefined && hashes.get(id) !== replacing) return false;
      hashes.set(id, hash);
      return true;
    },
  };
  return { users, asked };
}
