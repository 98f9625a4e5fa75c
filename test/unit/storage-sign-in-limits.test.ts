import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SignInLimits } from '../../src/domain/ports/sign-in-limits.ts';
import { createBoundedLimiter, MAX_KEYS } from '../../src/storage/memory/bounded-limiter.ts';
import { createSignInLimits, type SignInLimitOptions } from '../../src/storage/memory/sign-in-limits.ts';

const WINDOW_MS = 15 * 60_000;
const refused = { code: 'too_many_attempts' };
const europe = 'europe@acme.example';
const asia = 'asia@acme.example';

describe('sign-in limits', () => {
  // The library takes no clock; fake timers move its Date.now() and its timeouts.
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('an account is closed to an address after half of its attempts, until the window is over', async () => {
    const limits = limitsOf();
    const attempt = { email: europe, address: '192.0.2.1' };
    await take(limits, attempt);
    await take(limits, attempt);
    vi.advanceTimersByTime(60_000);
    await expect(take(limits, attempt)).rejects.toMatchObject({ ...refused, retryAfterS: 14 * 60 });
    vi.advanceTimersByTime(14 * 60_000 - 1);
    await expect(take(limits, attempt)).rejects.toMatchObject({ ...refused, retryAfterS: 1 });
    vi.advanceTimersByTime(1);
    await expect(take(limits, attempt)).resolves.toBeUndefined();
  });

  test('attempts from one address do not lock the account for another address [ASVS 6.3.1]', async () => {
    const limits = limitsOf();
    for (let n = 0; n < 50; n += 1)
      await take(limits, { email: europe, address: '192.0.2.1' }).catch(() => {});
    await expect(take(limits, { email: europe, address: '198.51.100.7' })).resolves.toBeUndefined();
  });

  test('an account is closed after all of its attempts, from however many addresses they come', async () => {
    const limits = limitsOf();
    for (let n = 1; n <= 4; n += 1) await take(limits, { email: europe, address: `192.0.2.${n}` });
    await expect(take(limits, { email: europe, address: '192.0.2.5' })).rejects.toMatchObject(refused);
    await expect(take(limits, { email: asia, address: '192.0.2.5' })).resolves.toBeUndefined();
  });

  test('an address is closed after all of its attempts, on however many accounts, and no other is', async () => {
    const limits = limitsOf();
    for (let n = 1; n <= 8; n += 1)
      await take(limits, { email: `user-${n}@acme.example`, address: '192.0.2.1' });
    await expect(take(limits, { email: asia, address: '192.0.2.1' })).rejects.toMatchObject(refused);
    await expect(take(limits, { email: asia, address: '192.0.2.2' })).resolves.toBeUndefined();
  });

  test('a success forgives the account and the pair, not the address', async () => {
    const limits = limitsOf();
    for (let round = 0; round < 4; round += 1) {
      const attempt = { email: europe, address: '192.0.2.1' };
      await take(limits, attempt);
      await take(limits, attempt);
      await limits.resetAccount(attempt);
    }
    await expect(take(limits, { email: asia, address: '192.0.2.1' })).rejects.toMatchObject(refused);
  });

  test('a success forgives no other account', async () => {
    const limits = limitsOf();
    const attempt = { email: europe, address: '192.0.2.1' };
    await take(limits, attempt);
    await take(limits, attempt);
    await limits.resetAccount({ email: asia, address: '192.0.2.1' });
    await expect(take(limits, attempt)).rejects.toMatchObject(refused);
  });

  test.each([
    ['an IPv4 address inside IPv6', '192.0.2.1', '::ffff:192.0.2.1'],
    ['two ways to write an IPv6 address', '2001:db8:0:1::1', '2001:0DB8:0000:0001:0:0:0:1'],
    ['the addresses of one IPv6 network', '2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff'],
  ])('counts %s as one', async (_what, one, same) => {
    const limits = limitsOf({ perAddress: 1 });
    await take(limits, { email: europe, address: one });
    await expect(take(limits, { email: asia, address: same })).rejects.toMatchObject(refused);
  });

  test.each([
    ['two IPv6 networks', '2001:db8:0:1::1', '2001:db8:0:2::1'],
    ['two IPv4 addresses', '192.0.2.1', '192.0.2.2'],
    ['what is no address at all', 'unix-socket-1', 'unix-socket-2'],
  ])('counts %s apart', async (_what, one, other) => {
    const limits = limitsOf({ perAddress: 1 });
    await take(limits, { email: europe, address: one });
    await expect(take(limits, { email: asia, address: other })).resolves.toBeUndefined();
  });

  test('an IPv6 site is closed after what ten networks may try, the site next door is not', async () => {
    const limits = limitsOf({ perAddress: 1 });
    for (let n = 0; n < 10; n += 1) await limits.countAddress(`2001:db8:1:${n}::1`);
    await expect(limits.countAddress('2001:db8:1:ffff::1')).rejects.toMatchObject(refused);
    await expect(limits.countAddress('2001:db8:2:ffff::1')).resolves.toBeUndefined();
  });

  test('one network of a site cannot close it for the others', async () => {
    const limits = limitsOf({ perAddress: 1 });
    for (let n = 0; n < 50; n += 1) await limits.countAddress('2001:db8:1:1::1').catch(() => {});
    await expect(limits.countAddress('2001:db8:1:2::1')).resolves.toBeUndefined();
  });

  test('keeps no e-mail in its counts', async () => {
    const keys: (string | number)[] = [];
    const limits = limitsOf({
      createLimiter(options) {
        const limiter = createBoundedLimiter(options);
        const consume = (key: string | number) => {
          keys.push(key);
          return limiter.consume(key);
        };
        return { ...limiter, consume };
      },
    });
    await take(limits, { email: europe, address: '192.0.2.1' });
    expect(keys).toContain('192.0.2.1');
    expect(keys.join(' ')).not.toContain('europe');
  });

  test('refuses sign-in while attempts cannot be counted [ASVS 16.5.3]', async () => {
    const limits = limitsOf({
      createLimiter: (options) => ({
        ...createBoundedLimiter(options),
        consume: () => Promise.reject(new Error('connection lost')),
      }),
    });
    await expect(take(limits, { email: europe, address: '192.0.2.1' })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });
});

describe('the counts of this process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const refusal = { consumedPoints: 2 };

  test('counts in memory are bounded: of a flood of keys the last ones are kept', async () => {
    const limiter = createBoundedLimiter({ points: 1, duration: 900 });
    await limiter.consume('seen again');
    await limiter.consume('seen once');
    for (let n = 2; n < MAX_KEYS; n += 1) await limiter.consume(`key-${n}`);
    await expect(limiter.consume('seen again')).rejects.toMatchObject(refusal);
    await limiter.consume('one too many');
    await expect(limiter.consume('seen again')).rejects.toMatchObject({ consumedPoints: 3 });
    await expect(limiter.consume('seen once')).resolves.toMatchObject({ consumedPoints: 1 });
  });

  test('counts in memory keep no timer for a key', async () => {
    const limiter = createBoundedLimiter({ points: 1, duration: 900 });
    for (let n = 0; n < 1_000; n += 1) await limiter.consume(`key-${n}`);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** As sign-in does. */
async function take(limits: SignInLimits, attempt: { email: string; address: string }): Promise<void> {
  await limits.countAddress(attempt.address);
  await limits.countAccount(attempt);
}

function limitsOf(options: Partial<SignInLimitOptions> = {}) {
  return createSignInLimits({ perAccount: 4, perAddress: 8, windowMs: WINDOW_MS, ...options });
}
