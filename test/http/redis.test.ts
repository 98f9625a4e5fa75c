import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { missingOpenssl } from '../support/openssl.ts';
import { startPortal, type TestPortal, type TestUser } from '../support/portal.ts';
import { describeRedis, describeRedisWith } from '../support/redis.ts';
import { startRedis, type RedisServer } from '../../scripts/servers/redis-server.ts';

const portals: TestPortal[] = [];
let folder: string;
let databases = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-http-redis-'));
});
afterEach(async () => {
  for (const portal of portals.splice(0)) await portal.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Replicas of one portal: one database, one Redis. */
async function startReplicas(count: number, redisUrl: string, env: Readonly<Record<string, string>> = {}) {
  databases += 1;
  const shared = { DATABASE_URL: `file:${join(folder, `${databases}.db`)}`, REDIS_URL: redisUrl, ...env };
  for (let index = 0; index < count; index += 1) portals.push(await startPortal({ env: shared }));
  const [first] = portals;
  const person = await first!.addUser(await first!.addTenant());
  // Every replica hands out what its own stand-in of a broker makes: all that counts here is whose session it is.
  const token = (replica: number, cookie: string) =>
    portals[replica]!.request.get('/api/qlik-token').set('Cookie', cookie);
  return { person, token, signIn: (replica = 0) => portals[replica]!.signIn(person) };
}

function guess(replica: number, { account }: TestUser) {
  return portals[replica]!.request.post('/login').send({ email: account.email, password: 'wrong' });
}

async function within(ms: number, request: PromiseLike<{ status: number; body: unknown }>) {
  const startedAt = performance.now();
  const { status, body } = await request;
  expect(performance.now() - startedAt).toBeLessThan(ms);
  return [status, (body as { code?: string }).code];
}

describeRedis('replicas with Redis', (server) => {
  test('a session that begins on one replica is valid on all and ends on all', async () => {
    const { token, signIn } = await startReplicas(3, server().url);
    const cookie = await signIn(0);
    for (const replica of [0, 1, 2]) expect((await token(replica, cookie)).status).toBe(200);
    await portals[2]!.request.post('/logout').set('Cookie', cookie).set('Sec-Fetch-Site', 'same-origin');
    for (const replica of [0, 1, 2]) expect((await token(replica, cookie)).status).toBe(401);
  });

  test('an account disabled through one replica is refused by the next request to another', async () => {
    const { person, token, signIn } = await startReplicas(2, server().url);
    const cookie = await signIn(0);
    expect((await token(1, cookie)).status).toBe(200);
    await portals[0]!.storage.accounts.save({ ...person.account, status: 'disabled' });
    expect((await token(1, cookie)).status).toBe(401);
  });

  test('replicas count and reset sign-in attempts together', async () => {
    const { person, signIn } = await startReplicas(2, server().url, { SIGN_IN_ATTEMPTS_PER_ACCOUNT: '4' });
    expect((await guess(0, person)).status).toBe(401);
    await signIn(1);
    expect((await guess(0, person)).status).toBe(401);
    expect((await guess(1, person)).status).toBe(401);
    const refused = await guess(0, person);
    expect([refused.status, Number(refused.get('Retry-After')) > 0]).toEqual([429, true]);
    expect((await guess(1, person)).status).toBe(429);
  });

  test('a portal is ready only while Redis answers', async () => {
    await startReplicas(1, server().url);
    expect((await portals[0]!.request.get('/readyz')).status).toBe(200);
  });
});

describeRedis('a portal whose Redis fails', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ durable: true });
  });
  afterAll(() => redis.close());

  test('a portal without Redis answers 503 immediately, never 401, and sessions survive [ASVS 16.5.2]', async () => {
    const { token, signIn } = await startReplicas(1, redis.url);
    const cookie = await signIn();
    await redis.kill();
    // The first may meet the connection as it breaks.
    await token(0, cookie);
    for (let index = 0; index < 5; index += 1) {
      expect(await within(500, token(0, cookie))).toEqual([503, 'storage_unavailable']);
    }
    const answer = await token(0, cookie);
    expect(Number(answer.get('Retry-After'))).toBeGreaterThan(0);
    expect(answer.get('Set-Cookie')).toBeUndefined();
    const probes = await Promise.all(
      ['/readyz', '/healthz'].map(async (path) => (await portals[0]!.request.get(path)).status),
    );
    expect(probes).toEqual([503, 200]);
    await redis.restart();
    await expect.poll(async () => (await token(0, cookie)).status, { timeout: 10_000 }).toBe(200);
    expect((await portals[0]!.request.get('/readyz')).status).toBe(200);
  });

  test('a portal without Redis refuses sign-ins before it verifies the password', async () => {
    const { person } = await startReplicas(1, redis.url);
    await portals[0]!.request.get('/readyz');
    await redis.kill();
    const { account, password } = person;
    const answer = await portals[0]!.request.post('/login').send({ email: account.email, password });
    expect([answer.status, answer.get('Set-Cookie')]).toEqual([503, undefined]);
    expect(portals[0]!.verified).toEqual([]);
    await redis.restart();
  });

  test('a portal whose Redis hangs answers soon, and works again when Redis answers', async () => {
    const { token, signIn } = await startReplicas(1, redis.url);
    const cookie = await signIn();
    redis.freeze();
    try {
      const answers = await Promise.all([1, 2, 3].map(() => within(4_000, token(0, cookie))));
      expect(answers).toEqual(Array.from({ length: 3 }, () => [503, 'storage_unavailable']));
    } finally {
      redis.thaw();
    }
    await expect.poll(async () => (await token(0, cookie)).status, { timeout: 10_000 }).toBe(200);
  });

  test('a portal starts without Redis, is not ready, and becomes ready when Redis starts', async () => {
    await redis.kill();
    await startReplicas(1, redis.url);
    expect((await portals[0]!.request.get('/readyz')).status).toBe(503);
    await redis.restart();
    await expect
      .poll(async () => (await portals[0]!.request.get('/readyz')).status, { timeout: 10_000 })
      .toBe(200);
  });
});

describeRedisWith(missingOpenssl, 'a Redis with TLS and a password', () => {
  const own = getCACertificates('default');
  let redis: RedisServer;
  let certificate: string;
  beforeAll(async () => {
    [certificate] = [join(folder, 'redis.crt')];
    const key = join(folder, 'redis.key');
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const files = ['-keyout', key, '-out', certificate];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...curve, ...subject, ...files], {
      stdio: 'pipe',
    });
    setDefaultCACertificates([...own, readFileSync(certificate, 'utf8')]);
    redis = await startRedis({ password: 'a-password-of-redis', tls: { key, certificate } });
  });
  afterAll(async () => {
    setDefaultCACertificates(own);
    await redis.close();
  });

  test('is used as it should be', async () => {
    const { token, signIn } = await startReplicas(2, redis.url);
    portals[0]!.hide('a-password-of-redis');
    expect((await token(1, await signIn(0))).status).toBe(200);
  });

  describe('is not used', () => {
    test.each([
      ['with another password', (url: string) => url.replace('a-password-of-redis', 'another-password')],
      ['without a password', (url: string) => url.replace(':a-password-of-redis@', '')],
      ['without TLS', (url: string) => url.replace('rediss:', 'redis:')],
    ])('%s', async (_how, change) => {
      await startReplicas(1, change(redis.url));
      portals[0]!.hide('another-password');
      expect((await portals[0]!.request.get('/readyz')).status).toBe(503);
    });

    test('where its certificate is not trusted', async () => {
      setDefaultCACertificates(own);
      try {
        await startReplicas(1, redis.url);
        expect((await portals[0]!.request.get('/readyz')).status).toBe(503);
      } finally {
        setDefaultCACertificates([...own, readFileSync(certificate, 'utf8')]);
      }
    });
  });
});
