import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import express, { type RequestHandler } from 'express';
import { MemoryStore } from 'express-session';
import { systemClock } from '../../src/runtime/clock.ts';
import { PortalError } from '../../src/domain/errors.ts';
import { isTenantId, newAccountId, type AccountId } from '../../src/domain/model/ids.ts';
import type { TenantMember } from '../../src/domain/model/tenant-member.ts';
import { Secret } from '../../src/domain/model/secret.ts';
import type { EmbedContent } from '../../src/domain/model/embed-content.ts';
import type { Tenant } from '../../src/domain/model/tenant.ts';
import type { IssuedToken } from '../../src/portal/tokens/issue-token.ts';
import { createApp } from '../../src/web/http/app.ts';
import { portOf, startTenantStandIn } from './tenant-stand-in.ts';

const PASSWORD = 'correct horse battery staple';

const CONTENT: EmbedContent = {
  appId: '11111111-2222-4333-8444-555555555555',
  sheets: [
    { id: 'overview', title: 'Sales overview' },
    { id: 'regions', title: 'Regions' },
    { id: 'products', title: 'Products' },
  ],
  objects: [
    { id: 'by-month', title: 'Sales by month' },
    { id: 'by-product', title: 'Sales by product' },
    { id: 'margin', title: 'Margin' },
  ],
};

const silent = () => undefined;

function person(email: string, name: string) {
  return { id: newAccountId(), email, name };
}

function tenantId(text: string) {
  if (!isTenantId(text)) throw new Error(`no tenant id: ${text}`);
  return text;
}

/**
 * The portal's real web shell with a handful of people and tokens held in memory behind it, and faults on demand:
 * for tests of what runs in the browser.
 */
export async function startPortalStandIn() {
  const tenant = await startTenantStandIn();
  const accounts = [
    person('europe@acme.example', 'Europe analyst'),
    person('asia@acme.example', 'Asia analyst'),
  ];
  const current = new Map<AccountId, { id: string; value: string }>();
  const requests: { method: string; rejected?: string; user: string }[] = [];
  const faults = new Map<string, RequestHandler>();
  const settings = { lifeS: 21_600, content: CONTENT as EmbedContent | null };
  const store = new MemoryStore();

  function subjectOf({ id, email, name }: (typeof accounts)[number]): TenantMember {
    const acme: Tenant = {
      id: tenantId('acme'),
      name: 'Acme Europe GmbH',
      host: tenant.origin,
      status: 'active',
      impersonation: {
        clientId: '45ac3f12d34e4b0c9d2e1f60718293a4',
        authentication: { method: 'client_secret', secret: new Secret('s3cret') },
      },
      management: null,
      createQlikUsers: false,
      scopes: ['user_default'],
      embed: settings.content,
    };
    const qlikUser = { field: 'userId', value: '6422bad8022070c06d2417bc' } as const;
    return {
      account: { id, email, name, tenantId: acme.id, qlikUser, groups: [], status: 'active' },
      tenant: acme,
    };
  }

  function mint({ account }: TenantMember) {
    const token = { id: randomUUID(), value: `token-of-${account.email}-${randomUUID()}` };
    current.set(account.id, token);
    tenant.valid.set(token.value, account.name);
    return token;
  }

  function issued({ id, value }: { id: string; value: string }): IssuedToken {
    const { lifeS } = settings;
    return {
      accessToken: new Secret(value),
      tokenId: id,
      scope: 'user_default',
      expiresAt: Date.now() + lifeS * 1000,
      expiresInS: lifeS,
      host: tenant.origin,
      clientId: '45ac3f12d34e4b0c9d2e1f60718293a4',
    };
  }

  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const origin = `http://127.0.0.1:${port}`;
  const shell = createApp({
    publicUrl: origin,
    trustProxy: false,
    cspReportOnly: false,
    session: {
      store,
      secrets: [new Secret('k'.repeat(32))],
      idleLimitMs: 3_600_000,
      absoluteLimitMs: 36_000_000,
    },
    tenantMembers: {
      async find(userId) {
        const found = accounts.find(({ id }) => id === userId);
        return found && subjectOf(found);
      },
    },
    async signIn({ email, password }) {
      const found = accounts.find((one) => one.email === email);
      if (found === undefined || password.reveal() !== PASSWORD) throw new PortalError('invalid_credentials');
      return { member: subjectOf(found), confirm: async () => undefined };
    },
    signOut: async () => undefined,
    setPassword: async () => undefined,
    changePassword: async () => ({ endedSessions: 0 }),
    ownAccount: {
      overview: async () => ({ hasPassword: true, sessions: [] }),
      signOutOthers: async () => ({ endedSessions: 0 }),
    },
    tokens: {
      async issue(subject) {
        requests.push({ method: 'GET', user: subject.account.email });
        return issued(current.get(subject.account.id) ?? mint(subject));
      },
      async reject(subject, rejected) {
        requests.push({ method: 'POST', rejected, user: subject.account.email });
        const token = current.get(subject.account.id);
        return issued(token === undefined || token.id === rejected ? mint(subject) : token);
      },
    },
    ready: async () => 'ready',
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  const app = express();
  app.use((req, res, next) => {
    const fault = faults.get(`${req.method} ${req.path}`) ?? faults.get(req.path);
    if (fault) void fault(req, res, next);
    else next();
  });
  app.use(shell);
  server.on('request', app);

  async function stop() {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  return {
    origin,
    tenant,
    password: PASSWORD,
    content: CONTENT,
    europe: accounts[0]!.email,
    asia: accounts[1]!.email,
    /** Every token request that reached the broker, in order. */
    requests,
    settings,
    /** Answers a path (`/api/embed`, or `GET /api/embed` for one method) in place of the portal, until cleared. */
    faults,
    /** The tenant takes back every token it ever gave; the portal does not know. */
    revokeAll: () => tenant.valid.clear(),
    /** The tenant takes tokens back and the portal has new ones, as after their end. */
    expireAll() {
      tenant.valid.clear();
      current.clear();
    },
    endSessions: () => new Promise<void>((resolve) => store.clear(() => resolve())),
    stop,
    async start() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async close() {
      await stop();
      await tenant.close();
    },
  };
}

export type PortalStandIn = Awaited<ReturnType<typeof startPortalStandIn>>;
