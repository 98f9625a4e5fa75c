import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import supertest from 'supertest';
import { systemClock } from '../../src/domain/clock.ts';
import type { PortalUserId, TenantId } from '../../src/domain/ids.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import type { PortalUser } from '../../src/domain/user.ts';
import { createLog } from '../../src/log.ts';
import { createTokenIssuer } from '../../src/portal/issue-token.ts';
import { createSignIn } from '../../src/portal/sign-in.ts';
import { createSignOut } from '../../src/portal/sign-out.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { type AppDeps, createApp } from '../../src/web/app.ts';
import { type RunningServer, serve } from '../../src/web/server.ts';
import { createFakeBroker, type FakeBroker } from './broker.ts';
import { allowAll, createFakePasswords, type FakePasswords } from './sign-in.ts';

export const HOUR_MS = 3_600_000;
export const IDLE_LIMIT_MS = HOUR_MS;
export const ABSOLUTE_LIMIT_MS = 12 * HOUR_MS;

export interface TestUser {
  readonly user: PortalUser;
  readonly password: string;
}

export interface TestPortal {
  readonly url: string;
  readonly server: RunningServer;
  readonly storage: Storage;
  readonly broker: FakeBroker;
  readonly passwords: FakePasswords;
  /** Every line logged so far. */
  readonly logged: readonly string[];
  /** A value that must never be logged, beside those the portal is known to have handled. */
  hide(secret: string): void;
  addTenant(tenant?: Partial<Omit<Tenant, 'id'>> & { id?: string }): Promise<Tenant>;
  addUser(tenant: Tenant, user?: Partial<Omit<PortalUser, 'id'>>): Promise<TestUser>;
  /** Requests without memory. */
  readonly request: ReturnType<typeof supertest>;
  /** A browser's memory for cookies. */
  browser(): ReturnType<typeof supertest.agent>;
  /** Signs in and returns the `name=value` of the session cookie. */
  signIn(who: TestUser): Promise<string>;
  /** Stops, and fails if anything logged held a secret or an e-mail. */
  close(): Promise<void>;
}

type Options = Partial<
  Pick<AppDeps, 'publicUrl' | 'trustProxy' | 'cspReportOnly' | 'ready' | 'signIn' | 'session'>
> & {
  readonly storageFile?: string;
  readonly limits?: Parameters<typeof createSignIn>[0]['limits'];
  readonly stopWithinMs?: number;
  readonly sessionSecrets?: readonly string[];
};

/** The portal as it is in production, on a loopback port, with a fake Qlik behind it. */
export async function startPortal(options: Options = {}): Promise<TestPortal> {
  const logged: string[] = [];
  const secrets = new Set<string>();
  const log = createLog({ level: 'debug', destination: { write: (line) => void logged.push(line) } });
  const storage = openStorage({
    database: { kind: 'sqlite', file: options.storageFile ?? ':memory:' },
    encryptionKeys: [{ id: 'test', key: Buffer.alloc(32, 7) }],
    clock: systemClock,
    log,
  });
  await storage.migrate();
  const broker = createFakeBroker();
  const passwords = createFakePasswords();
  const stopping = new AbortController();
  const { sessionSecrets = ['a session secret of tests, long enough'] } = options;
  const { users, subjects, audit, sessions } = storage;

  const app = createApp({
    publicUrl: 'http://portal.example',
    trustProxy: false,
    cspReportOnly: false,
    session: {
      store: sessions,
      secrets: sessionSecrets.map((secret) => new Secret(secret)),
      idleLimitMs: IDLE_LIMIT_MS,
      absoluteLimitMs: ABSOLUTE_LIMIT_MS,
    },
    subjects,
    signIn: createSignIn({ users, subjects, passwords, limits: options.limits ?? allowAll, audit }),
    signOut: createSignOut({ audit }),
    tokens: createTokenIssuer({ broker, clock: systemClock }),
    ready: () => storage.ping(),
    stopping: stopping.signal,
    clock: systemClock,
    log,
    ...options,
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

  sessionSecrets.forEach((secret) => secrets.add(secret));
  return {
    url: server.url,
    server,
    storage,
    broker,
    passwords,
    logged,
    hide: (secret) => secrets.add(secret),
    async addTenant({ id = `tenant-${randomUUID().slice(0, 8)}`, ...given } = {}) {
      const clientSecret = randomBytes(24).toString('hex');
      secrets.add(clientSecret);
      const tenant: Tenant = {
        id: id as TenantId,
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
    async addUser(tenant, given = {}) {
      const id = randomUUID() as PortalUserId;
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
      await storage.users.save(user);
      await passwords.set(id, password);
      secrets.add(password).add(user.email);
      return { user, password };
    },
    request: supertest(server.url),
    browser: () => supertest.agent(server.url),
    async signIn({ user, password }) {
      const answer = await supertest(server.url).post('/login').send({ email: user.email, password });
      if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
      return sessionCookieOf(answer.get('Set-Cookie'));
    },
    async close() {
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

function hideCookies(res: ServerResponse, secrets: Set<string>): void {
  for (const header of [res.getHeader('Set-Cookie') ?? []].flat()) {
    const value = String(header).split(';', 1)[0]!.split('=')[1] ?? '';
    if (value === '') continue;
    // The whole, signed and as stored.
    secrets.add(value).add(decodeURIComponent(value).slice(2).split('.')[0]!);
  }
}
