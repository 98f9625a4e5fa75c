import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import supertest from 'supertest';
import { composeApp } from '../../src/compose/web.ts';
import { composeAdministration } from '../../src/compose/administration.ts';
import { composePortal, type Portal } from '../../src/compose/portal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { isTenantId, newAccountId } from '../../src/domain/model/ids.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import type { Account } from '../../src/domain/model/account.ts';
import { createLogger } from '../../src/logger.ts';
import type { Timer } from '../../src/runtime/timer.ts';
import { createTokenIssuer } from '../../src/portal/tokens/issue-token.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/portal/sign-in/password.ts';
import { serve } from '../../src/web/http/server.ts';
import { createFakeBroker } from './broker.ts';

export const PUBLIC_URL = 'http://localhost:3000';
export const SESSION_SECRET = 'a session secret of the tests and of nobody else';
const HOUR_MS = 3_600_000;
export const IDLE_LIMIT_MS = HOUR_MS;
export const ABSOLUTE_LIMIT_MS = 12 * HOUR_MS;

export interface TestUser {
  readonly account: Account;
  readonly password: string;
}

export interface TestPortalOptions {
  /** On top of the smallest configuration, as the environment gives it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Replaces parts, to make them fail. */
  readonly replace?: (portal: Portal) => Partial<Portal>;
  /** With the real broker, and so the tenants at their hosts; otherwise a stand-in that says what a test wants. */
  readonly realBroker?: boolean;
  readonly stopWithinMs?: number;
  /** In place of the system's, so that a test moves the portal's waits. */
  readonly timer?: Timer;
}

export type TestPortal = Awaited<ReturnType<typeof startPortal>>;

/**
 * The portal as `compose.ts` builds it, listening on a loopback port: storage in memory unless `env` says otherwise,
 * passwords hashed as cheaply as argon2id can.
 */
export async function startPortal(options: TestPortalOptions = {}) {
  const env = {
    PUBLIC_URL,
    SESSION_SECRET,
    ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    DATABASE_URL: 'file::memory:',
    SIGN_IN_ATTEMPTS_PER_ACCOUNT: '1000',
    SIGN_IN_ATTEMPTS_PER_ADDRESS: '100000',
    INSECURE_ALLOW_LOOPBACK_TENANTS: 'true',
    ...options.env,
  };
  const config = parseConfig(env, () => '');
  const logged: string[] = [];
  const log = createLogger('debug', { write: (line) => void logged.push(line) });
  const secrets = new Set(env.SESSION_SECRET.split(','));

  const composed = await composePortal(config, { log, ...(options.timer && { timer: options.timer }) });
  const broker = createFakeBroker();
  const { hasher, verified } = watched(
    createPasswordHasher({ parameters: { memory: 8, passes: 1, parallelism: 1 } }),
  );
  const portal: Portal = {
    ...composed,
    hasher,
    ...(options.realBroker !== true && { tokens: createTokenIssuer({ broker, clock: composed.clock }) }),
    ...options.replace?.(composed),
  };
  const { storage } = composed;
  await storage.migrate();
  const stopping = new AbortController();
  const app = composeApp(portal, stopping.signal);
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
      onClose: () => composed.close(),
      ...(options.stopWithinMs !== undefined && { stopWithinMs: options.stopWithinMs }),
    },
  );
  const request = supertest(server.url);

  return {
    url: server.url,
    server,
    storage,
    /** Where METRICS_PORT asks for them. */
    metrics: composed.metrics,
    exchangeBudget: composed.exchangeBudget,
    /** What the command line works with. */
    ops: composeAdministration(composed),
    broker,
    /** For each password that was looked at: whether there was a hash to compare it with. */
    verified,
    logged,
    /** Requests without memory. */
    request,
    /** Requests with a browser's memory for cookies. */
    browser: () => supertest.agent(server.url),
    /** Names a value that must never be logged, beside those that the portal is known to handle. */
    hide: (secret: string) => void secrets.add(secret),

    async addTenant(given: Partial<Omit<Tenant, 'id'>> & { readonly id?: string } = {}): Promise<Tenant> {
      const id = given.id ?? `tenant-${randomUUID().slice(0, 8)}`;
      if (!isTenantId(id)) throw new Error(`no tenant id: ${id}`);
      const clientSecret = randomBytes(24).toString('hex');
      secrets.add(clientSecret);
      const tenant: Tenant = {
        name: `Tenant ${id}`,
        host: `https://${id}.eu.qlikcloud.com`,
        status: 'active',
        impersonation: {
          clientId: `client-of-${id}`,
          authentication: { method: 'client_secret', secret: new Secret(clientSecret) },
        },
        management: null,
        createQlikUsers: false,
        scopes: ['user_default'],
        embed: { appId: 'app-1', sheets: [{ id: 'sheet-1', title: 'Overview' }], objects: [] },
        ...given,
        id,
      };
      await storage.tenants.save(tenant);
      return tenant;
    },

    async addUser(tenant: Tenant, given: Partial<Account> = {}): Promise<TestUser> {
      const id = newAccountId();
      const account: Account = {
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
      secrets.add(password).add(account.email);
      await storage.accounts.save(account);
      await storage.accounts.setPasswordHash(id, await hasher.hash(new Secret(password)));
      return { account, password };
    },

    /** Signs in and returns the `name=value` of the session cookie. */
    async signIn({ account, password }: TestUser): Promise<string> {
      const answer = await request.post('/login').send({ email: account.email, password });
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

function watched(real: PasswordHasher) {
  const verified: boolean[] = [];
  const hasher: PasswordHasher = {
    ...real,
    verify(password, hash, turn) {
      verified.push(hash !== undefined);
      return real.verify(password, hash, turn);
    },
  };
  return { hasher, verified };
}

/** Session cookies must not be logged, neither whole nor as the session id that they sign. */
function hideCookies(res: ServerResponse, secrets: Set<string>): void {
  for (const header of [res.getHeader('Set-Cookie') ?? []].flat()) {
    const [, value = ''] = String(header).split(';', 1)[0]!.split('=');
    if (value === '') continue;
    secrets.add(value).add(decodeURIComponent(value).slice(2).split('.')[0]!);
  }
}
