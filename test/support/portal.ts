import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import supertest from 'supertest';
import { systemClock } from '../../src/domain/clock.ts';
import { isTenantId, newPortalUserId, type PortalUserId } from '../../src/domain/ids.ts';
import type { SignInLimits } from '../../src/domain/ports.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import type { PortalUser } from '../../src/domain/user.ts';
import { createLog } from '../../src/log.ts';
import { createTokenIssuer } from '../../src/portal/issue-token.ts';
import { createPasswordHasher } from '../../src/portal/password.ts';
import { createPasswordVerifier } from '../../src/portal/password-verifier.ts';
import { createSignIn } from '../../src/portal/sign-in.ts';
import { createSignOut } from '../../src/portal/sign-out.ts';
import { createSignInLimits } from '../../src/storage/memory/sign-in-limits.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { type AppDeps, createApp } from '../../src/web/app.ts';
import { serve } from '../../src/web/server.ts';
import { createFakeBroker } from './broker.ts';

const HOUR_MS = 3_600_000;
export const IDLE_LIMIT_MS = HOUR_MS;
export const ABSOLUTE_LIMIT_MS = 12 * HOUR_MS;

export interface TestUser {
  readonly user: PortalUser;
  readonly password: string;
}

export interface TestPortalOptions {
  /** Replaces parts of the app. */
  readonly deps?: Partial<AppDeps>;
  /** Of SQLite; in memory unless told. */
  readonly file?: string;
  readonly sessionSecrets?: readonly string[];
  readonly limits?: { readonly perAccount: number; readonly perAddress: number };
  readonly stopWithinMs?: number;
}

export type TestPortal = Awaited<ReturnType<typeof startPortal>>;

/**
 * The portal with its real storage, passwords, limits, app and server on a loopback port; only the broker is a
 * stand-in, so that a test can choose what Qlik says.
 */
export async function startPortal(options: TestPortalOptions = {}) {
  const { sessionSecrets = ['a session secret of the tests, long enough'] } = options;
  const logged: string[] = [];
  const secrets = new Set<string>(sessionSecrets);
  const log = createLog({ level: 'debug', destination: { write: (line) => void logged.push(line) } });
  const storage = openStorage({
    database: { kind: 'sqlite', file: options.file ?? ':memory:' },
    encryptionKeys: [{ id: 'test', key: Buffer.alloc(32, 7) }],
    clock: systemClock,
    log,
  });
  await storage.migrate();
  const { users, subjects, audit } = storage;
  const broker = createFakeBroker();
  // As weak as argon2id gets: these tests are not about its strength.
  const hasher = createPasswordHasher({ parameters: { memory: 8, passes: 1, parallelism: 1 } });
  const verifier = createPasswordVerifier({ users, hasher });
  /** Whose password was looked at, in order; undefined for an unknown account. */
  const verified: (PortalUserId | undefined)[] = [];
  const limits: SignInLimits = createSignInLimits({
    ...(options.limits ?? { perAccount: 1000, perAddress: 1000 }),
    windowMs: 15 * 60_000,
  });
  const stopping = new AbortController();

  const app = createApp({
    publicUrl: 'http://portal.example',
    trustProxy: false,
    cspReportOnly: false,
    session: {
      store: storage.sessions,
      secrets: sessionSecrets.map((secret) => new Secret(secret)),
      idleLimitMs: IDLE_LIMIT_MS,
      absoluteLimitMs: ABSOLUTE_LIMIT_MS,
    },
    subjects,
    signIn: createSignIn({
      users,
      subjects,
      limits,
      audit,
      passwords: {
        verify(userId, password) {
          verified.push(userId);
          return verifier.verify(userId, password);
        },
      },
    }),
    signOut: createSignOut({ audit }),
    tokens: createTokenIssuer({ broker, clock: systemClock }),
    ready: () => storage.ping(),
    stopping: stopping.signal,
    clock: systemClock,
    log,
    ...options.deps,
  });
  const server = await serve(
    (req: IncomingMessage, res: ServerResponse) => {
      res.once('finish', () => hideCookies(res, secrets));
      app(req, res);
    },
    {
      host: '127.0.0.1',
      port: 0,
      log,
      stopping,
      onClose: () => storage.close(),
      ...(options.stopWithinMs !== undefined && { stopWithinMs: options.stopWithinMs }),
    },
  );
  const request = supertest(server.url);

  return {
    url: server.url,
    server,
    storage,
    broker,
    verified,
    logged,
    /** Requests without memory. */
    request,
    /** Requests with a browser's memory for cookies. */
    browser: () => supertest.agent(server.url),
    /** Names a value that must never be logged, beside those that the portal is known to handle. */
    hide: (secret: string) => void secrets.add(secret),

    async addTenant(given: Partial<Tenant> = {}): Promise<Tenant> {
      const id = given.id ?? `tenant-${randomUUID().slice(0, 8)}`;
      if (!isTenantId(id)) throw new Error(`no tenant id: ${id}`);
      const clientSecret = randomBytes(24).toString('hex');
      secrets.add(clientSecret);
      const tenant: Tenant = {
        id,
        name: `Tenant ${id}`,
        host: `https://${id}.eu.qlikcloud.com`,
        status: 'active',
        impersonation: {
          clientId: `client-of-${id}`,
          authentication: { method: 'client_secret', secret: new Secret(clientSecret) },
        },
        management: null,
        scopes: ['user_default'],
        embed: { appId: 'app-1', sheets: [{ id: 'sheet-1', title: 'Overview' }], objects: [] },
        ...given,
      };
      await storage.tenants.save(tenant);
      return tenant;
    },

    async addUser(tenant: Tenant, given: Partial<PortalUser> = {}): Promise<TestUser> {
      const id = newPortalUserId();
      const user: PortalUser = {
        id,
        email: `analyst-${id.slice(0, 8)}@${tenant.id}.example`,
        name: `Analyst ${id.slice(0, 8)}`,
        tenantId: tenant.id,
        qlikUser: { field: 'userId', value: id.replaceAll('-', '').slice(0, 24) },
        groups: [],
        status: 'active',
        ...given,
      };
      const password = `pass phrase ${randomUUID()}`;
      secrets.add(password).add(user.email);
      await users.save(user);
      await users.setPasswordHash(id, await hasher.hash(new Secret(password)));
      return { user, password };
    },

    /** Signs in and returns the `name=value` of the session cookie. */
    async signIn({ user, password }: TestUser): Promise<string> {
      const answer = await request.post('/login').send({ email: user.email, password });
      if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
      return sessionCookieOf(answer.get('Set-Cookie'));
    },

    /** Stops, and fails if anything that was logged holds a secret, a cookie, a token or an e-mail. */
    async close(): Promise<void> {
      await server.close();
      broker.values.forEach((value) => secrets.add(value));
      const leaks = [...secrets].filter((secret) => logged.some((line) => line.includes(secret)));
      if (leaks.length > 0) throw new Error(`the log holds what it must not: ${leaks.join(' | ')}`);
    },
  };
}

/** `name=value` of the session cookie among Set-Cookie headers. */
export function sessionCookieOf(headers: readonly string[] | undefined): string {
  const header = headers?.find((each) => /^(?:__Host-)?portal=s/.test(each));
  if (header === undefined) throw new Error(`no session cookie in ${JSON.stringify(headers)}`);
  return header.split(';', 1)[0]!;
}

/** Session cookies must not be logged, neither whole nor as the session id that they sign. */
function hideCookies(res: ServerResponse, secrets: Set<string>): void {
  for (const header of [res.getHeader('Set-Cookie') ?? []].flat()) {
    const [, value = ''] = String(header).split(';', 1)[0]!.split('=');
    if (value === '') continue;
    secrets.add(value).add(decodeURIComponent(value).slice(2).split('.')[0]!);
  }
}
